"""The judgement page: evidence, grade, confirmation by a second person, history."""

import io
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.judgements.operations import judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.models import Rule
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Indicator
from activitylog.rollup.periods.operations import close_period
from tests.factories.files import PDF
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.pages.project.test_routes import text_of
from tests.rollup.cast import JUNE, NOW, Cast, july_cast

PARTLY = {
    "grade": "partly",
    "ratio": "70",
    "reason": "两次延期",
    "evidence": "见 https://example.org/plan",
}


cast = july_cast


def address(indicator: Indicator, month: str = "2024-06") -> str:
    return f"/indicators/{indicator.id}/judgement?period={month}"


def judgements(session: Session) -> list[Judgement]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Judgement).order_by(Judgement.id)))


def graded(cast: Cast, **changes: Any) -> Any:
    return cast.manager.post(address(cast.punctual), data=PARTLY | changes)


def test_the_page_shows_the_evidence_and_what_it_suggests(cast: Cast) -> None:
    assert (
        address(cast.punctual).replace("&", "&amp;")
        in cast.manager.get(f"/indicators/{cast.punctual.id}").text
    )
    page = text_of(cast.manager, address(cast.punctual))
    assert "目标 “及时” ，截至2024年6月： 待评定" in page
    assert "活动按时率 100.00%（n=9）" in page
    assert "建议评为 达成 ，由人确定" in page
    assert "达成（80%–100%） 部分达成（60%–80%） 未达成（0%–60%）" in page
    assert 'value="reached" checked' in cast.manager.get(address(cast.punctual)).text
    assert "作出评定" not in text_of(cast.auditor, address(cast.punctual))


def test_last_years_grade_and_the_projects_milestones_are_evidence(cast: Cast, session: Session) -> None:
    before = make_project(session, year=2023, name=cast.project.name)
    namesake = make_indicator(session, before, None, name=cast.punctual.name, target_word="及时")
    december = Period(2023, 12)
    details = {"grade": Grade.PARTLY, "ratio": 70, "reason": "迟了", "evidence": "台账", "files": ()}
    judge(session, namesake, december, by=None, now=NOW, **details)
    make_milestone(session, cast.project, due_on=date(2024, 5, 1), done_on=None)
    session.commit()
    page = cast.manager.get(address(cast.punctual)).text
    assert f'<a href="/indicators/{namesake.id}/judgement?period=2023-12">部分达成（70%）</a>' in page
    assert re.search(r"项目的里程碑：到期 \d+ 项，完成 \d+ 项", page)


def test_regulations_in_force_suggest_soundness(cast: Cast, session: Session) -> None:
    sound = make_indicator(session, cast.umbrella, "milestones_on_time", name="制度健全", target_word="健全")
    session.get_one(Rule, sound.id).milestone_kind = "制度"
    for milestone in session.scalars(select(Milestone)):
        milestone.done_on = date(2024, 5, 1)
    make_milestone(session, cast.project, kind="制度", name="安全制度", done_on=date(2024, 7, 1))
    session.commit()
    page = text_of(cast.officer, address(sound, "2024-07"))
    assert "安全制度" in page
    assert "建议评为 达成" in page
    assert "建议评为 部分达成" in text_of(cast.officer, address(sound))


def test_a_grade_stands_on_every_page_and_waits_for_the_second_person(cast: Cast) -> None:
    assert graded(cast).status_code == 302
    page = text_of(cast.manager, address(cast.punctual))
    assert "2024年6月评为“部分达成”（70%），待复核" in page
    assert "复核同意" not in page
    assert "理由：两次延期" in page
    assert '<a href="https://example.org/plan"' in cast.manager.get(address(cast.punctual)).text
    project = text_of(cast.organizer, f"/projects/{cast.project.id}?period=2024-06")
    assert "服务及时性 9.00 分 部分达成 / 及时 部分达成 依据：活动按时率 100.00%（n=9），待复核" in project
    assert "部分达成 1" in text_of(cast.officer, "/projects?period=2024-06")
    assert "目标“及时”，2024年6月评为“部分达成”（70%），待复核。" in text_of(
        cast.auditor, f"/indicators/{cast.punctual.id}"
    )
    assert "服务及时性 部分达成/及时" in text_of(cast.officer, "/")


def test_the_second_person_confirms(cast: Cast, session: Session) -> None:
    graded(cast)
    (judgement,) = judgements(session)
    confirm = f"/judgements/{judgement.id}/confirm"
    own = cast.manager.post(confirm)
    assert (own.status_code, "应由两个人完成" in own.text) == (409, True)
    assert "复核同意" in text_of(cast.officer, address(cast.punctual))
    assert "已复核。" in cast.officer.post(confirm, follow_redirects=True).text
    page = text_of(cast.auditor, address(cast.punctual))
    assert "待复核" not in page
    assert "复核同意2024年6月的评定“部分达成”（70%）" in page
    assert judgements(session)[0].confirmed_at


def test_a_new_grade_replaces_the_old_which_stays(cast: Cast, session: Session) -> None:
    graded(cast)
    assert graded(cast, grade="reached", ratio="90").status_code == 302
    assert [each.ratio for each in judgements(session)] == [70, 90]
    page = text_of(cast.auditor, address(cast.punctual))
    assert page.index("“达成”（90%） 理由") < page.index("“部分达成”（70%） 理由")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"grade": ""}, "请选择等级。"),
        ({"grade": "perfect"}, "请选择等级。"),
        ({"ratio": ""}, "请填写得分比例。"),
        ({"ratio": "81"}, "得分比例应在 60% 到 80% 之间"),
        ({"reason": ""}, "请写明理由"),
        ({"evidence": ""}, "请写明依据"),
        ({"evidence": "长" * 1001}, "依据最多 1000 个字"),
    ],
)
def test_a_judgement_that_cannot_be_is_refused(
    cast: Cast, session: Session, changes: dict[str, Any], sentence: str
) -> None:
    answer = graded(cast, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert judgements(session) == []


def test_a_closed_month_is_judged_no_more(cast: Cast, session: Session) -> None:
    close_period(session, JUNE, by=None, now=NOW)
    session.commit()
    page = text_of(cast.manager, address(cast.punctual))
    assert "2024年6月已结账，不能再评定。 评定2024年7月" in page
    answer = graded(cast)
    assert (answer.status_code, "已经结账，不能再评定" in answer.text) == (422, True)
    assert "作出评定" not in text_of(cast.manager, address(cast.punctual, "2024-11"))
    assert cast.manager.post(address(cast.punctual, "2024-11"), data=PARTLY).status_code == 422


def test_a_figure_has_no_judgement_page(cast: Cast) -> None:
    assert "是定量指标" in text_of(cast.manager, address(cast.held), 409)
    assert cast.manager.post(address(cast.held), data=PARTLY).status_code == 409


def test_judging_is_for_those_who_review(cast: Cast, session: Session) -> None:
    graded(cast)
    (judgement,) = judgements(session)
    for client in (cast.organizer, cast.auditor, cast.stranger):
        assert client.post(address(cast.punctual), data=PARTLY).status_code == 403
        assert client.post(f"/judgements/{judgement.id}/confirm").status_code == 403
    assert cast.organizer.get(address(cast.punctual)).status_code == 200
    assert cast.stranger.get(address(cast.punctual)).status_code == 404
    assert cast.officer.post("/judgements/999999/confirm").status_code == 404
    assert cast.officer.post("/indicators/999999/judgement", data=PARTLY).status_code == 404


def test_files_stay_on_a_form_that_was_refused_and_go_with_the_judgement(cast: Cast) -> None:
    sent = PARTLY | {"ratio": "95", "files": [(io.BytesIO(PDF), "说明.pdf"), (io.BytesIO(b"MZ"), "a.exe")]}
    refused = cast.manager.post(address(cast.punctual), data=sent)
    assert refused.status_code == 422
    assert "“a.exe”是别的文件" in refused.text
    (value,) = re.findall(r'name="stored_files"[^>]*value="([^"]+)" checked', refused.text)
    cast.manager.post(address(cast.punctual), data=PARTLY | {"stored_files": [value, "forged"]})
    page = cast.auditor.get(address(cast.punctual)).text
    (link,) = re.findall(r'href="(/judgements/\d+/files/1)">说明.pdf', page)
    with cast.auditor.get(link) as answer:
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert cast.auditor.get(link[:-1] + "2").status_code == 404
    assert 'name="stored_files"' in cast.manager.get(address(cast.punctual)).text
