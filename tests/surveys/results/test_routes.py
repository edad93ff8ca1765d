from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.projects.models import Project
from activitylog.surveys.models import Response
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_paper_tally, make_surveyed_activity
from tests.signed_in import signed_in


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@dataclass
class Cast:
    """An organizer of the child project, one of another, an auditor; twelve answers to one activity."""

    umbrella: Project
    project: Project
    activity: Activity
    organizer: FlaskClient
    stranger: FlaskClient
    auditor: FlaskClient


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    umbrella = make_project(session, name="基层科普服务")
    project = make_project(session, name="科普资源配送", parent=umbrella)
    activity = make_surveyed_activity(
        session, project=project, number="2024-0007", heads=60, status=Status.APPROVED
    )
    for number in range(12):
        add_answer(session, activity, number, overall=5 if number % 4 else 2, age="60_up" if number else "")
    people = (
        make_user(session, project),
        make_user(session, make_project(session)),
        make_user(session, role=Role.AUDITOR),
    )
    session.commit()
    return Cast(umbrella, project, activity, *(signed_in(app, person) for person in people))


def add_answer(session: Session, activity: Activity, number: int, *, overall: int, **answers: str) -> None:
    session.add(
        Response(
            activity_id=activity.id,
            nonce=str(number),
            overall=overall,
            answers={key: value for key, value in answers.items() if value},
            questionnaire="default-1",
            submitted_at=NOON,
        )
    )


def test_an_activity_shows_satisfaction_with_its_interval_index_and_response_rate(cast: Cast) -> None:
    page = cast.organizer.get("/activities/2024-0007/results").text
    for words in ("75.00%", "n=12", "46.77%–91.11%", "85.00", "平均 4.25 分", "20.00%", "受众 60 人"):
        assert words in page


def test_an_age_band_of_one_hides_itself_and_the_other(cast: Cast) -> None:
    page = cast.organizer.get("/activities/2024-0007/results").text
    bands = page[page.index("各年龄段的满意度") :]
    assert bands.count("不显示</td>") == 2
    assert "72.73%" not in bands


def test_nothing_to_divide_by_is_a_dash_not_a_nought(cast: Cast, session: Session) -> None:
    make_surveyed_activity(session, project=cast.project, number="2024-0008", heads=0)
    session.commit()
    page = cast.organizer.get("/activities/2024-0008/results").text
    assert "还没有人填写" in page
    assert "0.00%" not in page
    filled = make_surveyed_activity(session, project=cast.project, number="2024-0009", heads=0)
    make_paper_tally(session, filled, satisfied=2)
    session.commit()
    page = cast.organizer.get("/activities/2024-0009/results").text
    assert "<b>—</b>" in page  # no heads to divide by
    assert "样本偏少：有效答卷 2 份" in page
    assert "答卷多于人数：有效答卷 2 份，多于登记的受众 0 人" in page


def test_an_umbrella_pools_its_children_and_only_what_is_approved(cast: Cast, session: Session) -> None:
    other = make_surveyed_activity(
        session, project=cast.project, number="2024-0010", heads=40, status=Status.APPROVED
    )
    make_paper_tally(session, other, very_dissatisfied=88)
    waiting = make_surveyed_activity(session, project=cast.project, number="2024-0011")
    make_paper_tally(session, waiting, very_satisfied=500)
    session.commit()
    for project in (cast.umbrella, cast.project):
        page = cast.auditor.get(f"/projects/{project.id}/results").text
        for words in ("9.00%", "n=100", "活动 2 场", "100.00%", "2024年1月至6月"):
            assert words in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=2024-07", "起始月份2024年7月在截止月份2024年6月之后"),
        ("last=2025-01", "请选择 2024 年的月份"),
        ("last=六月", "无法识别"),
    ],
)
def test_months_that_cannot_be_are_refused(cast: Cast, query: str, sentence: str) -> None:
    refused = cast.auditor.get(f"/projects/{cast.project.id}/results?{query}")
    assert (refused.status_code, sentence in refused.text) == (422, True)


def test_texts_are_masked_and_paged(cast: Cast, session: Session) -> None:
    for number in range(40):
        text = f"第{number}条，找我 13812345678" if number % 2 else "电话 021-62345678"
        add_answer(session, cast.activity, 100 + number, overall=5, suggestion=text)
    session.commit()
    first = cast.organizer.get("/activities/2024-0007/results").text
    assert "看全部 40 条" in first
    for address in ("/activities/2024-0007/results/texts", f"/projects/{cast.project.id}/results/texts"):
        page = cast.organizer.get(f"{address}?question=default-1/suggestion&page=2").text
        assert "第 2 / 2 页" in page
        assert page.count("［号码已隐去］") == 10
        assert "13812345678" not in page
        assert "62345678" not in page


@pytest.mark.parametrize("question", ["", "default-1/overall", "default-9/suggestion", "default-1/", "x"])
def test_only_a_question_answered_in_words_has_texts(cast: Cast, question: str) -> None:
    found = cast.organizer.get(f"/activities/2024-0007/results/texts?question={question}")
    assert found.status_code == 404


def test_another_projects_organizer_finds_nothing(cast: Cast) -> None:
    for address in ("/activities/2024-0007/results", f"/projects/{cast.project.id}/results"):
        assert cast.stranger.get(address).status_code == 404
        assert cast.stranger.get(f"{address}/texts?question=default-1/suggestion").status_code == 404


def test_results_are_linked_from_where_people_look(cast: Cast) -> None:
    link = 'href="/activities/2024-0007/results"'
    assert link in cast.organizer.get("/activities/2024-0007").text
    assert link in cast.organizer.get("/activities/2024-0007/tallies").text
    assert f"/projects/{cast.project.id}/results" in cast.auditor.get(f"/projects/{cast.project.id}").text
