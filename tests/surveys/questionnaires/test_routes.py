import re
import uuid
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.projects.models import Project
from activitylog.surveys.attendee import queries as survey_queries
from activitylog.surveys.models import HostResponse, Response
from activitylog.surveys.queries import survey_summary
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import Audience
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, a_line, make_surveyed_activity, publish_questions
from tests.signed_in import signed_in
from tests.statements import statements

SEVERAL = a_line("想听什么？", type="multiple", choices="天文\n地理\n生物")


@pytest.fixture(autouse=True)
def _noon():  # type: ignore[no-untyped-def]
    with time_machine.travel(NOON, tick=False):
        yield


@dataclass
class Cast:
    """Who meets one project's questionnaires: its manager and organizer, another project's, an auditor."""

    manager: FlaskClient
    organizer: FlaskClient
    stranger: FlaskClient
    auditor: FlaskClient
    project: Project
    page: str


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    project, other = make_project(session), make_project(session)
    people = (
        make_user(session, role=Role.MANAGER),
        make_user(session, project),
        make_user(session, other),
        make_user(session, role=Role.AUDITOR),
    )
    page = f"/projects/{project.id}/questionnaires/attendees"
    session.commit()
    return Cast(*(signed_in(app, person) for person in people), project, page)


def shown_fields(page: str) -> dict[str, str]:
    """The editor's fields as they stand on its page."""
    fields = dict(re.findall(r'<input[^>]* name="([\w-]+)"[^>]* value="([^"]*)"', page))
    fields |= dict(re.findall(r'<textarea[^>]* name="([\w-]+)"[^>]*>\r?\n?([^<]*)</textarea>', page))
    for name, inside in re.findall(r'<select[^>]* name="([\w-]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'selected value="(\w+)"', inside) or re.search(r'value="(\w+)"', inside)
        fields[name] = chosen[1] if chosen else ""
    return fields


def edited(cast: Cast, **changes: str) -> dict[str, str]:
    fields = shown_fields(cast.manager.get(cast.page).text)
    return fields | {name.replace("__", "-"): text for name, text in changes.items()}


def current_sentences(session: Session) -> list[str]:
    session.rollback()
    rows = session.scalars(select(QuestionnaireVersion).order_by(QuestionnaireVersion.number)).all()
    return [str(question.sentence) for question in rows[-1].questionnaire.questions] if rows else []


def test_saving_unchanged_makes_no_draft_and_says_so(cast: Cast, session: Session) -> None:
    saved = cast.manager.post(cast.page, data=edited(cast), follow_redirects=True)
    assert "没有改动" in saved.text
    assert session.scalars(select(ProjectQuestionnaire.draft)).all() in ([], [""])


def test_a_manager_drafts_previews_and_publishes(cast: Cast, session: Session) -> None:
    changes = {"questions__7__sentence": "", "questions__7__english": "", "overall": "您满意吗？"}
    changes |= {"questions__0__place": "3"}
    saved = cast.manager.post(cast.page, data=edited(cast, **changes), follow_redirects=True)
    assert "草稿已保存" in saved.text
    assert current_sentences(session) == []
    preview = cast.manager.get(f"{cast.page}/preview")
    assert "您满意吗？" in preview.text
    assert "您的建议" not in preview.text
    seen = shown_fields(cast.manager.get(cast.page).text)["seen"]
    published = cast.manager.post(f"{cast.page}/publish", data={"seen": seen}, follow_redirects=True)
    assert "从现在起按新问卷填写" in published.text
    assert current_sentences(session)[:4] == ["您满意吗？", "讲解与主讲人", "形式与互动", "活动内容"]


def test_the_preview_may_be_framed_by_us_and_sends_nothing(cast: Cast) -> None:
    preview = cast.organizer.get(f"{cast.page}/preview?version=default-1&lang=en")
    policy = preview.headers["Content-Security-Policy"]
    assert "Submit" in preview.text
    assert "sandbox allow-same-origin;" in policy
    assert "frame-ancestors 'self'" in policy
    assert "frame-ancestors 'none'" in cast.manager.get(cast.page).headers["Content-Security-Policy"]


def test_a_refused_questionnaire_keeps_every_word(cast: Cast) -> None:
    changes = {"questions__8__sentence": "想听什么？", "questions__8__type": "multiple"}
    refused = cast.manager.post(cast.page, data=edited(cast, **changes, questions__8__choices="天文"))
    assert refused.status_code == 422
    assert "第 9 题的选项要有 2 到 8 个" in refused.text
    assert "天文</textarea>" in refused.text


def test_too_much_for_a_phone_is_kept_as_a_draft_and_not_published(cast: Cast, session: Session) -> None:
    words = "".join(chr(0x4E00 + 131 * place) for place in range(40))
    choices = "\n".join(f"{words[place:]}"[:16] for place in range(0, 24, 3))
    changes = {"questions__8__sentence": words, "questions__8__type": "single", "then": "publish"}
    refused = cast.manager.post(cast.page, data=edited(cast, **changes, questions__8__choices=choices))
    assert (refused.status_code, "KB" in refused.text or "秒" in refused.text) == (422, True)
    saved = edited(cast, **{**changes, "then": ""}, questions__8__choices=choices)
    assert "草稿已保存" in cast.manager.post(cast.page, data=saved, follow_redirects=True).text
    assert current_sentences(session) == []


def test_others_read_and_strangers_find_nothing(cast: Cast) -> None:
    fields = edited(cast, overall="别的")
    for reader in (cast.organizer, cast.auditor):
        assert reader.get(cast.page).status_code == 200
        for address in ("", "/publish", "/discard", "/use"):
            assert reader.post(cast.page + address, data=fields).status_code == 403
    for address in ("", "/preview"):
        assert cast.stranger.get(cast.page + address).status_code == 404
    assert cast.manager.get(cast.page.replace("attendees", "everybody")).status_code == 404


def test_back_to_the_built_in_questionnaire(cast: Cast, session: Session) -> None:
    version = publish_questions(session, cast.project, SEVERAL)
    session.commit()
    assert "第 1 版" in cast.manager.get(cast.page).text
    for wanted in ("", version, "default-1"):
        used = cast.manager.post(f"{cast.page}/use", data={"version": wanted}, follow_redirects=True)
        assert (used.status_code, "已换用" in used.text) == (200, True)
    assert cast.manager.post(f"{cast.page}/use", data={"version": "q0-1"}).status_code == 404


def test_an_old_page_is_read_by_the_version_it_was_asked_with(
    app: Flask, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_queries, "FRESH_SECONDS", 0)
    address = f"/s/{make_surveyed_activity(session, project=cast.project).survey_token}"
    session.commit()
    old = app.test_client().get(address).text
    version = publish_questions(session, cast.project, SEVERAL)
    session.commit()
    _answer(app, address, version="default-1", content="3", q1=["c1"])
    _answer(app, address, version=version, content="3", q1=["c3", "c1", "c3"])
    _answer(app, address, content="3", q1=["c2"])
    stored = session.execute(select(Response.questionnaire, Response.answers).order_by(Response.id)).all()
    assert 'name="version" value="default-1"' in old
    assert [tuple(row) for row in stored] == [
        ("default-1", {"content": 3}),
        (version, {"q1": ["c1", "c3"]}),
        (version, {"q1": ["c2"]}),
    ]


def test_a_page_of_another_survey_is_asked_anew_and_nothing_is_stored(
    app: Flask, session: Session, cast: Cast
) -> None:
    theirs = publish_questions(session, make_project(session), SEVERAL)
    address = f"/s/{make_surveyed_activity(session, project=cast.project).survey_token}"
    session.commit()
    for version in (theirs, "host-1", "q1-999", "\0", "x" * 300):
        asked = _answer(app, address, 422, version=version, content="3")
        assert "问卷刚刚换了新的" in asked
        assert re.search(r'name="content" value="3" checked', asked)
    assert session.scalars(select(Response.id)).all() == []


def _answer(app: Flask, address: str, status: int = 200, **fields: str | list[str]) -> str:
    posted = {"overall": "4", "nonce": str(uuid.uuid4()), **fields}
    answer = app.test_client().post(address, data=posted)
    assert answer.status_code == status
    return answer.text


def test_hosts_answer_apart_from_attendees_by_a_link_of_their_own(
    app: Flask, session: Session, cast: Cast
) -> None:
    activity = make_surveyed_activity(session, project=cast.project)
    attendees, hosts = f"/s/{activity.survey_token}", f"/s/h/{activity.host_token}"
    session.commit()
    phone = app.test_client()
    assert "街镇、村居、书院" in phone.get(hosts).text
    given = {"overall": "2", "gains": ["methods", "interest"], "nonce": str(uuid.uuid4())}
    assert phone.post(hosts, data=given).status_code == 200
    assert phone.post(hosts, data=given | {"nonce": str(uuid.uuid4())}).status_code == 409
    assert phone.post(attendees, data={"overall": "5", "nonce": str(uuid.uuid4())}).status_code == 200
    for wrong in (f"/s/{activity.host_token}", f"/s/h/{activity.survey_token}", "/s/h/", "/s/h/none"):
        assert app.test_client().get(wrong).status_code == 404
    stored = session.execute(select(HostResponse.overall, HostResponse.answers)).one()
    assert tuple(stored) == (2, {"gains": ["interest", "methods"]})
    assert survey_summary(session, activity.id).counts == (1, 0, 0, 0, 0)
    page = cast.organizer.get(f"/activities/{activity.number}/host").text
    assert hosts in page
    assert "办活动的办法 1" in page
    assert "已收到 1 份" in cast.organizer.get(f"/activities/{activity.number}").text
    assert cast.organizer.get(f"/activities/{activity.number}/host/qr.png").content_type == "image/png"
    assert cast.stranger.get(f"/activities/{activity.number}/host").status_code == 404


def test_a_projects_own_questionnaire_costs_a_page_no_statement_more(
    app: Flask, session: Session, cast: Cast
) -> None:
    plain = make_surveyed_activity(session, project=make_project(session)).survey_token
    own = make_surveyed_activity(session, project=cast.project).survey_token
    publish_questions(session, cast.project, SEVERAL)
    session.commit()
    phone, counts = app.test_client(use_cookies=False), []
    for token in (plain, own):
        phone.get(f"/s/{token}")
        with statements() as sent:
            phone.get(f"/s/{token}")
            phone.post(f"/s/{token}", data={"overall": "5", "nonce": str(uuid.uuid4())})
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 3


@pytest.mark.parametrize("audience", [each.value for each in Audience])
def test_both_editors_open(cast: Cast, audience: str) -> None:
    assert cast.manager.get(cast.page.replace("attendees", audience)).status_code == 200
