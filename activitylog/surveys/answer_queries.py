"""One activity's answers on screen, each with what makes it worth a second look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from activitylog.activities.models import Activity
from activitylog.sql import json_text, minute_of
from activitylog.surveys.facts import COUNTS
from activitylog.surveys.marks import (
    BURST,
    MARK_LABELS,
    SAME_TEXTS,
    SHORTEST_TEXT,
    SUSPICIOUS,
    TRAIT_LABELS,
    Mark,
    Trait,
    leaving_hours,
)
from activitylog.surveys.models import AnswerRuling, Response
from activitylog.surveys.queries import questionnaires_of, survey_summary
from activitylog.surveys.questions import OVERALL, Counting, Question, Questionnaire
from activitylog.surveys.questions import TYPES as QUESTION_TYPES
from activitylog.web.paging import Page

PAGE_SIZE = 50
ALL, MARKED, EXCLUDED = "", "marked", "excluded"
LABELS: dict[str, str] = {
    ALL: "全部",
    MARKED: "有疑点",
    **{mark.name.lower(): label for mark, label in MARK_LABELS.items() if mark.name},
    **{str(trait.value): label for trait, label in TRAIT_LABELS.items()},
    EXCLUDED: "已剔除",
}

Conditions = Mapping[str, ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Told:
    """One answer in words: what was noticed, and each question with what was said."""

    response: Response
    noticed: Sequence[str]
    said: Sequence[tuple[str, str]]
    texts: Sequence[str]


def conditions(session: Session, activity: Activity) -> Conditions:
    """What each filter of the page asks of an answer, by its name in the address."""
    summary = survey_summary(session, activity.id)
    marks = {str(mark.name).lower(): Response.marks.bitwise_and(mark.value) != 0 for mark in MARK_LABELS}
    traits: dict[str, ColumnElement[bool]] = {
        Trait.BEYOND: _is_beyond(activity, summary.heads - summary.on_paper),
        Trait.BURST: _is_burst(activity),
        Trait.SAME: _is_same(session, activity),
    }
    suspicious = or_(Response.marks.bitwise_and(SUSPICIOUS.value) != 0, *traits.values())
    found = {ALL: true(), MARKED: suspicious, **marks, **traits, EXCLUDED: ~COUNTS}
    return {name: found[name] for name in LABELS}


def _mine(activity: Activity) -> ColumnElement[bool]:
    return Response.activity_id == activity.id


def _is_beyond(activity: Activity, room: int) -> ColumnElement[bool]:
    """Whether as many had answered before as people came, less those on paper; of a plan nobody knows."""
    if activity.held_on is None:
        return ~true()
    counted = select(Response.id).where(_mine(activity), COUNTS).order_by(Response.id)
    return and_(COUNTS, Response.id >= counted.offset(max(room, 0)).limit(1).scalar_subquery())


def _is_burst(activity: Activity) -> ColumnElement[bool]:
    """Whether many came within the same minute at an hour when nobody leaves."""
    begins, ends = leaving_hours(activity.happens_on)
    is_odd = or_(Response.submitted_at < begins, Response.submitted_at >= ends)
    minute = minute_of(Response.submitted_at)
    full = select(minute).where(_mine(activity), is_odd).group_by(minute).having(func.count() >= BURST)
    return and_(is_odd, minute.in_(full))


def _is_same(session: Session, activity: Activity) -> ColumnElement[bool]:
    """Whether many wrote the very same words."""
    asked = _asked(session, activity).values()
    keys = sorted({question.key for each in asked for question in each.questions if _is_text(question)})
    return or_(~true(), *(_repeats(activity, json_text(Response.answers, key)) for key in keys))


def _repeats(activity: Activity, text: ColumnElement[str]) -> ColumnElement[bool]:
    is_long = func.length(text) >= SHORTEST_TEXT
    often = select(text).where(_mine(activity), is_long).group_by(text).having(func.count() >= SAME_TEXTS)
    return text.in_(often)


def _is_text(question: Question) -> bool:
    return QUESTION_TYPES[question.type].counted is Counting.LISTED


def _asked(session: Session, activity: Activity) -> dict[str, Questionnaire]:
    versions = session.scalars(select(Response.questionnaire).where(_mine(activity)).distinct())
    return questionnaires_of(session, versions)


def counts(session: Session, activity: Activity, found: Conditions) -> dict[str, int]:
    """How many answers each filter leaves."""
    sums = (
        func.coalesce(func.sum(case((each, 1), else_=0)), 0).label(name or "every")
        for name, each in found.items()
    )
    row = session.execute(select(*sums).where(_mine(activity))).one()
    return dict(zip(found, row, strict=True))


def answers_page(
    session: Session, activity: Activity, found: Conditions, shown: str, *, number: int, total: int
) -> Page[Told]:
    """One page of the answers a filter leaves, the latest first."""
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(number, 1), pages)
    rows = session.execute(
        select(
            Response, *(each.label(f"is_{trait}") for trait, each in found.items() if trait in TRAIT_LABELS)
        )
        .options(joinedload(Response.exclusion).joinedload(AnswerRuling.decided_by))
        .where(_mine(activity), found[shown])
        .order_by(Response.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    asked = questionnaires_of(session, {row[0].questionnaire for row in rows})
    told = [_told(row[0], row[1:], asked.get(row[0].questionnaire)) for row in rows]
    return Page(told, number, pages, total)


def _told(response: Response, traits: Sequence[object], asked: Questionnaire | None) -> Told:
    marks = [label for mark, label in MARK_LABELS.items() if mark & Mark(response.marks)]
    seen = [label for label, is_so in zip(TRAIT_LABELS.values(), traits, strict=True) if is_so]
    questions = asked.questions if asked else ()
    said = [
        (question.sentence, _words(question, response.answers[question.key]), _is_text(question))
        for question in questions
        if question.key != OVERALL and question.key in response.answers
    ]
    return Told(
        response,
        [*marks, *seen],
        said=[(sentence, words) for sentence, words, is_text in said if not is_text],
        texts=[words for _, words, is_text in said if is_text],
    )


def _words(question: Question, answer: int | str | list[str]) -> str:
    words = dict(question.choices)
    chosen = answer if isinstance(answer, list) else [str(answer)]
    return "、".join(words.get(each, each) for each in chosen)


def rulings(session: Session, activity: Activity) -> list[AnswerRuling]:
    """What people decided about the activity's answers, the latest first."""
    wanted = select(AnswerRuling).options(joinedload(AnswerRuling.decided_by))
    return list(
        session.scalars(
            wanted.where(AnswerRuling.activity_id == activity.id).order_by(AnswerRuling.id.desc())
        )
    )
