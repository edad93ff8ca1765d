"""Every page, list and export shows the answers to a question of any type, to types made up here, too."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.surveys.hosts.queries import host_evidence_on
from activitylog.surveys.models import HostResponse, Response
from activitylog.surveys.questionnaires import rules
from activitylog.surveys.questionnaires.models import QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import (
    OVERALL,
    QUESTION_TYPES,
    Audience,
    Question,
    QuestionType,
    SummaryKind,
    questions_json,
    read_answers,
)
from activitylog.surveys.rules import GRADES, Bilingual
from tests.factories.accounts import make_user
from tests.factories.surveys import NOON, make_surveyed_activity
from tests.signed_in import signed_in


def _read_number(_question: Question, texts: Sequence[str]) -> int | None:
    return int(texts[0]) if texts[0].isdecimal() else None


MADE_UP = [
    QuestionType(f"number_{kind.value}", "数字", _read_number, lambda _: str, "words", kind, 4)
    for kind in (SummaryKind.LISTED, SummaryKind.SHARES)
]
PHONE = "13812345678"
# type|what three attendees post|words of their answers|choices and counts
SHOWN = f"""
scale|5 5 3|非常满意 非常满意 一般|非常满意 2 满意 0 一般 1 不满意 0 非常不满意 0
single|a b a|展品 讲解 展品|展品 2 讲解 1
multiple|a,b b a,b|展品、讲解 讲解 展品、讲解|展品 2 讲解 3
text|很好 {PHONE} 很好|很好 ［号码已隐去］ 很好|
number_listed|12 7 {PHONE}|12 7 {PHONE}|
number_shares|12 7 12|12 7 12|7 1 12 2
"""
A_AND_B = (("a", Bilingual("展品", "Exhibits")), ("b", Bilingual("讲解", "Talk")))


@dataclass(frozen=True)
class Shown:
    """What three attendees post to a question, the words of it, and the counts of each choice."""

    type: str
    posted: list[list[str]]
    words: list[str]
    counts: list[tuple[str, int]]


def _shown(line: str) -> Shown:
    name, posted, words, counts = (cell.split() for cell in line.split("|"))
    pairs = zip(counts[::2], map(int, counts[1::2]), strict=True)
    return Shown(name[0], [each.split(",") for each in posted], words, list(pairs))


EVERY = [_shown(line) for line in SHOWN.strip().splitlines()]


def test_every_question_type_is_shown_here() -> None:
    assert [each.type for each in EVERY] == list(QUESTION_TYPES)


@pytest.fixture(autouse=True)
def _made_up_types(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for kind in MADE_UP:
        monkeypatch.setitem(rules.QUESTION_TYPES, kind.name, kind)
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(params=EVERY, ids=lambda shown: shown.type)
def shown(request: pytest.FixtureRequest) -> Shown:
    found: Shown = request.param
    return found


@pytest.fixture
def activity(session: Session, shown: Shown) -> Activity:
    """An activity with three attendees' answers, and the same of its hosts."""
    activity = make_surveyed_activity(session, number="2024-0007", status=Status.APPROVED)
    kind = QUESTION_TYPES[shown.type]
    choices = A_AND_B if kind.writes_choices else kind.choices
    questions = (
        Question(OVERALL, "scale", Bilingual("总体", ""), GRADES),
        Question("q1", kind.name, Bilingual("这一题", ""), choices),
    )
    for audience, table in ((Audience.ATTENDEES, Response), (Audience.HOSTS, HostResponse)):
        version = QuestionnaireVersion(
            key=f"{audience[0]}{activity.project_id}-1",
            project_id=activity.project_id,
            audience=audience,
            number=1,
            questions=questions_json(questions),
            published_at=NOON,
        )
        session.add(version)
        for number, texts in enumerate(shown.posted):
            reading = read_answers({OVERALL: ["5"], "q1": texts}, version.questionnaire)
            assert reading.errors == {}
            session.add(
                table(
                    activity_id=activity.id,
                    nonce=str(number),
                    overall=reading.overall,
                    answers={"q1": reading.answers["q1"]},
                    questionnaire=version.key,
                    submitted_at=NOON,
                )
            )
    session.flush()
    return activity


@pytest.fixture
def reader(app: Flask, session: Session, activity: Activity) -> FlaskClient:
    leader = make_user(session, activity.project, role=Role.MANAGER)
    session.commit()
    return signed_in(app, leader)


def _places(activity: Activity) -> tuple[str, str]:
    return "/activities/2024-0007/results", f"/projects/{activity.project_id}/results"


def test_the_results_pages_show_its_counts_or_its_texts(
    reader: FlaskClient, activity: Activity, shown: Shown
) -> None:
    for place in _places(activity):
        page = reader.get(place).text
        _, _, section = page.partition("这一题")
        assert "这一题" in page
        for word, _ in shown.counts:
            assert word in section
        for word in [] if shown.counts else shown.words:
            assert f"<p>{word}</p>" in section


def test_the_page_of_texts_lists_what_is_listed_and_nothing_else(
    reader: FlaskClient, activity: Activity, shown: Shown
) -> None:
    for place in _places(activity):
        page = reader.get(f"{place}/texts?question=a{activity.project_id}-1/q1")
        if shown.counts:
            assert (page.status_code, "没有这道填空题" in page.text) == (404, True)
        else:
            assert [f"<p>{word}</p>" in page.text for word in shown.words] == [True] * 3


def test_the_hosts_page_shows_its_counts(
    reader: FlaskClient, session: Session, activity: Activity, shown: Shown
) -> None:
    page = reader.get("/activities/2024-0007/host").text
    assert "3 份" in page
    assert [f"{word} {count}</span>" in page for word, count in shown.counts] == [True] * len(shown.counts)
    found = [list(each.counts) for each in host_evidence_on(session, activity.id).questions]
    assert found == ([shown.counts] if shown.counts else [])


def test_the_page_of_single_answers_shows_each(reader: FlaskClient, shown: Shown) -> None:
    page = reader.get("/activities/2024-0007/answers").text
    assert [page.count(f">{word}<") >= shown.words.count(word) for word in shown.words] == [True] * 3


def test_both_exports_show_each(reader: FlaskClient, activity: Activity, shown: Shown) -> None:
    for place in _places(activity):
        rows = list(csv.reader(io.StringIO(reader.get(f"{place}.csv").data.decode("utf-8-sig"))))
        assert [row[-1] for row in rows] == ["这一题", *shown.words]
        (sheet,) = load_workbook(io.BytesIO(reader.get(f"{place}.xlsx").data))
        assert [row[-1].value for row in sheet.iter_rows()] == ["这一题", *shown.words]
