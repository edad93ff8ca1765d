"""What docs/how-to/question-type.md promises: every type is read, drawn, counted and exported."""

import csv
import io
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.app import create_app
from activitylog.settings import Settings
from activitylog.surveys.models import Response
from activitylog.surveys.questionnaires.forms import QuestionRow
from activitylog.surveys.questionnaires.models import QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import (
    OVERALL,
    QUESTION_TYPES,
    Audience,
    Question,
    Questionnaire,
    SummaryKind,
    questions_from_json,
    questions_json,
    read_answers,
)
from activitylog.surveys.results.export import HEADINGS, answers_of, csv_pieces
from activitylog.surveys.results.page import versions_of
from activitylog.surveys.results.queries import attendee_questionnaires, of_activity
from activitylog.surveys.rules import GRADES, Answer, Bilingual
from tests.factories.surveys import NOON, make_surveyed_activity


@dataclass(frozen=True)
class Example:
    """What is posted to a question, what is stored of it, and how results and exports show it."""

    posted: tuple[str, ...]
    stored: Answer
    exported: str
    counted: dict[str, int]  # each choice's answers; of a text none


A_AND_B = (("a", Bilingual("展品", "Exhibits")), ("b", Bilingual("讲解", "Talk")))
EXAMPLES = {
    "scale": Example(("4",), 4, "满意", {"非常满意": 0, "满意": 1, "一般": 0, "不满意": 0, "非常不满意": 0}),
    "single": Example(("b",), "b", "讲解", {"展品": 0, "讲解": 1}),
    "multiple": Example(("b", "a"), ["a", "b"], "展品、讲解", {"展品": 1, "讲解": 1}),
    "text": Example((" 很好 ",), "很好", "很好", {}),
}
# type|name|counted as|seconds of an answer|choices
TYPE_TABLE = """
scale|五级满意度|shares|2.5|the same for all
single|单选|shares|3|written
multiple|多选|several|5|written
text|填空|listed|10|none
"""


def _question(name: str) -> Question:
    kind = QUESTION_TYPES[name]
    return Question("q1", name, Bilingual("喜欢什么", ""), A_AND_B if kind.writes_choices else kind.choices)


def _questionnaire(name: str) -> Questionnaire:
    overall = Question(OVERALL, "scale", Bilingual("总体", ""), GRADES)
    return Questionnaire("p1-1", (overall, _question(name)), project_id=1)


def test_every_question_type_has_an_example() -> None:
    assert set(EXAMPLES) == set(QUESTION_TYPES)


def test_every_question_type_has_the_traits_of_its_row() -> None:
    rows = [
        [
            kind.name,
            kind.word,
            kind.summary.value,
            str(kind.seconds),
            "written" if kind.writes_choices else "the same for all" if kind.choices else "none",
        ]
        for kind in QUESTION_TYPES.values()
    ]
    assert rows == [line.split("|") for line in TYPE_TABLE.strip().splitlines()]


def test_every_way_of_counting_is_some_types() -> None:
    assert {kind.summary for kind in QUESTION_TYPES.values()} == set(SummaryKind)


@pytest.mark.parametrize("name", QUESTION_TYPES)
def test_an_answer_of_every_type_is_read_and_its_question_kept(name: str) -> None:
    reading = read_answers({OVERALL: ["5"], "q1": EXAMPLES[name].posted}, _questionnaire(name))
    assert reading.answers == {OVERALL: 5, "q1": EXAMPLES[name].stored}
    assert reading.errors == {}
    assert questions_from_json(questions_json([_question(name)])) == (_question(name),)


@pytest.fixture(scope="module")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("bare")
    return create_app(Settings(folder, f"sqlite:///{folder / 'none.db'}", "a secret of the tests only"))


@pytest.mark.parametrize("name", QUESTION_TYPES)
def test_a_question_of_every_type_is_drawn_on_the_attendees_page(bare_app: Flask, name: str) -> None:
    html, _ = bare_app.extensions["attendees"].pages.preview("zh", _questionnaire(name))
    assert 'name="q1"' in html
    assert all(str(word) in html for _, word in _question(name).choices)


@pytest.mark.parametrize("name", QUESTION_TYPES)
def test_an_answer_of_every_type_is_counted_and_exported(session: Session, name: str) -> None:
    activity, example = make_surveyed_activity(session), EXAMPLES[name]
    key = f"p{activity.project_id}-1"
    session.add(
        QuestionnaireVersion(
            key=key,
            project_id=activity.project_id,
            audience=Audience.ATTENDEES,
            number=1,
            questions=questions_json(_questionnaire(name).questions),
            published_at=NOON,
        )
    )
    answers = {"q1": example.stored}
    session.add(
        Response(
            activity_id=activity.id,
            nonce="1",
            overall=5,
            answers=answers,
            questionnaire=key,
            submitted_at=NOON,
        )
    )
    session.flush()
    asked = {each.version: each for each in attendee_questionnaires(session)}
    (version,) = versions_of(of_activity(session, activity), asked)
    (shown,) = (*version.bar_questions, *version.text_questions)
    assert shown.answered == 1
    assert {bar.word: bar.count for bar in shown.bars} == example.counted
    rows = csv.reader(
        io.StringIO(b"".join(csv_pieces(answers_of(session, Activity.id == activity.id))).decode())
    )
    assert list(rows)[1][len(HEADINGS) :] == [example.exported]


def test_the_editor_says_which_types_want_choices() -> None:
    writing = [kind.word for kind in QUESTION_TYPES.values() if kind.writes_choices]
    hint = str(QuestionRow.choices.kwargs["description"])
    assert [word for word in writing if word not in hint] == []
