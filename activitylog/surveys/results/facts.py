"""Counts answers by question and choice, in the database; free texts are only numbered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    String,
    TableValuedAlias,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)

from activitylog.core.dialects import PooledRows, Rows, json_items, json_pairs, json_text
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import PaperTally, Response
from activitylog.surveys.questionnaires.rules import OVERALL, TYPES, Questionnaire, SummaryKind
from activitylog.surveys.rules import GRADE_FIELDS, GRADES

AGE = "age"
ON_PAPER = ""  # the questionnaire of paper forms
OPEN = ""  # the choice counted once per text, or per answer to a multiple-choice question
NO_AGE = ""
Keys = Sequence[Any]
COLUMNS = ("questionnaire", "question", "choice", "age", "answers")


@dataclass(frozen=True, slots=True)
class ChoiceQuestions:
    """Names (`version/question`) of single-choice (`one`) and multiple-choice (`many`) questions."""

    one: frozenset[str]
    many: frozenset[str]


def choice_questions_of(questionnaires: Collection[Questionnaire]) -> ChoiceQuestions:
    """The questions with choices; answers to any other question count as texts."""
    names = {
        (f"{each.version}/{question.key}", TYPES[question.type].summary)
        for each in questionnaires
        for question in each.questions
    }
    return ChoiceQuestions(
        frozenset(name for name, summary in names if summary in {SummaryKind.GRADES, SummaryKind.SHARES}),
        frozenset(name for name, summary in names if summary is SummaryKind.SEVERAL),
    )


def answer_counts(questions: ChoiceQuestions, among: FromClause) -> PooledRows:
    """COLUMNS of the counted answers to the activities `among`; the overall question by age band.

    `among` has unique values of `activity_id`; its other columns come first and group the counts.
    """
    keys = [column for column in among.c if column.key != "activity_id"]
    answered = select().join_from(among, Response, Response.activity_id == among.c.activity_id)
    answered = answered.where(IS_COUNTED)
    parts = [_overall(keys, answered), _chosen(questions, keys, answered)]
    if questions.many:
        parts.append(_ticked(questions, keys, answered))
    return union_all(*parts, *_on_paper(keys, among))


def _overall(keys: Keys, answered: Rows) -> Rows:
    age = func.coalesce(json_text(Response.answers, AGE), NO_AGE)
    choice = cast(Response.overall, String(1))
    groups = (*keys, Response.questionnaire, choice, age)
    return _counted(answered, keys, literal(OVERALL), choice, age).group_by(*groups)


def _chosen(questions: ChoiceQuestions, keys: Keys, answered: Rows) -> Rows:
    """One row per question and choice; texts and multiple choices have the choice OPEN."""
    pair = _pairs()
    choice = case((_is_among(questions.one, pair), cast(pair.c.value, String)), else_=OPEN)
    rows = _counted(answered.join(pair, true()), keys, pair.c.key, choice, literal(NO_AGE))
    return rows.group_by(*keys, Response.questionnaire, pair.c.key, choice)


def _ticked(questions: ChoiceQuestions, keys: Keys, answered: Rows) -> Rows:
    pair = _pairs()
    # A case, not a condition: the database may parse a value before it checks a condition.
    ticked = case((_is_among(questions.many, pair), cast(pair.c.value, String)), else_="[]")
    item = json_items(ticked).table_valued("value", name="item")
    choice = cast(item.c.value, String)
    ticks = answered.join(pair, true()).join(item, true())
    rows = _counted(ticks, keys, pair.c.key, choice, literal(NO_AGE))
    return rows.group_by(*keys, Response.questionnaire, pair.c.key, choice)


def _pairs() -> TableValuedAlias:
    return json_pairs(Response.answers).table_valued("key", "value", name="pair")


def _is_among(names: Collection[str], pair: TableValuedAlias) -> ColumnElement[bool]:
    return (Response.questionnaire + "/" + pair.c.key).in_(sorted(names))


def _counted(answered: Rows, keys: Keys, question: Any, choice: Any, age: Any) -> Rows:
    named = (question.label("question"), choice.label("choice"), age.label("age"))
    return answered.add_columns(*keys, Response.questionnaire, *named, func.count().label("answers"))


def _on_paper(keys: Keys, among: FromClause) -> list[Rows]:
    """Counts of the paper tallies, one select per grade."""
    tallied = select().join_from(among, PaperTally, PaperTally.activity_id == among.c.activity_id)
    tallied = tallied.where(PaperTally.withdrawn_at.is_(None))
    constants = (literal(ON_PAPER).label("questionnaire"), literal(OVERALL).label("question"))
    return [
        tallied.add_columns(
            *keys,
            *constants,
            literal(grade).label("choice"),
            literal(NO_AGE).label("age"),
            func.sum(getattr(PaperTally, field)).label("answers"),
        )
        .group_by(*keys)
        .having(func.sum(getattr(PaperTally, field)) > 0)
        for (grade, _), field in zip(GRADES, GRADE_FIELDS, strict=True)
    ]
