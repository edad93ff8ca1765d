"""Queries on one activity's answers: flags, filters and pages of answers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from activitylog.activities.models import Activity
from activitylog.core.dialects import json_text, minute_of
from activitylog.surveys.access.rules import kiosk_of
from activitylog.surveys.answers.rules import (
    BURST,
    COMPARISON_LABELS,
    SAME_TEXTS,
    SHORTEST_TEXT,
    SUSPICIOUS,
    ComparisonFlag,
    floods,
    leaving_hours,
    rushes,
)
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import ExclusionDecision, Response
from activitylog.surveys.queries import SurveySummary
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.rules import OVERALL, Questionnaire
from activitylog.surveys.rules import FLAG_LABELS, AnswerFlag
from activitylog.web.paging import Page, nearest_page

PAGE_SIZE = 50
ALL, FLAGGED, EXCLUDED = "", "marked", "excluded"
_ACCEPTED = "accepted"
_FLAGS_BY_NAME = {str(flag.name).lower(): flag for flag in FLAG_LABELS}
LABELS: dict[str, str] = {
    ALL: "全部",
    FLAGGED: "有疑点",
    **{name: FLAG_LABELS[flag] for name, flag in _FLAGS_BY_NAME.items()},
    **{str(comparison.value): label for comparison, label in COMPARISON_LABELS.items()},
    EXCLUDED: "已剔除",
}

_PLAIN = (ALL, FLAGGED, EXCLUDED)  # filters that say nothing of an answer by themselves

Conditions = Mapping[str, ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class FlaggedAnswer:
    """One answer as text: labels of its flags, (question, answer) pairs and free texts."""

    response: Response
    flags: Sequence[str]
    answers: Sequence[tuple[str, str]]
    texts: Sequence[str]


def filter_conditions(session: Session, activity: Activity, summary: SurveySummary) -> Conditions:
    """The condition of each filter, by its name in the address."""
    flags = {name: Response.flags.bitwise_and(flag.value) != 0 for name, flag in _FLAGS_BY_NAME.items()}
    comparisons: dict[str, ColumnElement[bool]] = {
        ComparisonFlag.BEYOND_HEADS: _is_beyond_heads(activity, summary.heads - summary.on_paper),
        ComparisonFlag.BURST: _is_burst(activity),
        **_is_hurried(session, activity, summary.heads),
        ComparisonFlag.SAME: _is_same(session, activity),
    }
    is_odd = or_(Response.flags.bitwise_and(SUSPICIOUS.value) != 0, *comparisons.values())
    suspicious = and_(~flags[_ACCEPTED], is_odd)
    found = {ALL: true(), FLAGGED: suspicious, **flags, **comparisons, EXCLUDED: ~IS_COUNTED}
    return {name: found[name] for name in LABELS}


def _is_of(activity: Activity) -> ColumnElement[bool]:
    return Response.activity_id == activity.id


def _is_beyond_heads(activity: Activity, limit: int) -> ColumnElement[bool]:
    """Whether at least `limit` counted answers came before; never for a planned activity."""
    if activity.held_on is None:
        return ~true()
    counted = select(Response.id).where(_is_of(activity), IS_COUNTED).order_by(Response.id)
    return and_(IS_COUNTED, Response.id >= counted.offset(max(limit, 0)).limit(1).scalar_subquery())


def _is_burst(activity: Activity) -> ColumnElement[bool]:
    """Whether BURST answers came within the same minute outside leaving hours."""
    begins, ends = leaving_hours(activity.happens_on)
    is_odd = or_(Response.submitted_at < begins, Response.submitted_at >= ends)
    minute = minute_of(Response.submitted_at)
    full = select(minute).where(_is_of(activity), is_odd).group_by(minute).having(func.count() >= BURST)
    return and_(is_odd, minute.in_(full))


def _is_hurried(session: Session, activity: Activity, heads: int) -> Conditions:
    """Whether answers came in a rush, or flooded a kiosk; a plan's people are those who answered."""
    rows = session.execute(
        select(Response.id, Response.submitted_at, Response.nonce, Response.flags)
        .where(_is_of(activity))
        .order_by(Response.submitted_at, Response.id)
    ).all()
    people = heads if heads and activity.held_on is not None else len(rows)
    rushed = [rows[place].id for place in rushes([row.submitted_at for row in rows], people)]
    at_kiosks = defaultdict(list)
    for row in rows:
        if row.flags & AnswerFlag.KIOSK:
            at_kiosks[kiosk_of(row.nonce)].append(row)
    flooded = [
        answers[place].id
        for answers in at_kiosks.values()
        for place in floods([answer.submitted_at for answer in answers])
    ]
    return {ComparisonFlag.RUSH: _is_among(rushed), ComparisonFlag.FLOOD: _is_among(flooded)}


def _is_among(numbers: Sequence[int]) -> ColumnElement[bool]:
    """The numbers are written out in the statement: they may be more than it takes parameters."""
    return Response.id.in_(bindparam(None, sorted(numbers), expanding=True, literal_execute=True))


def _is_same(session: Session, activity: Activity) -> ColumnElement[bool]:
    """Whether SAME_TEXTS answers have the same free text."""
    questionnaires = _questionnaires_of(session, activity).values()
    keys = sorted(
        {question.key for each in questionnaires for question in each.questions if question.is_listed}
    )
    return or_(~true(), *(_repeats(activity, json_text(Response.answers, key)) for key in keys))


def _repeats(activity: Activity, text: ColumnElement[str]) -> ColumnElement[bool]:
    long_texts = (
        select(Response.id, text.label("text"))
        .where(_is_of(activity), func.length(text) >= SHORTEST_TEXT)
        .cte()
    )
    repeated = select(long_texts.c.text).group_by(long_texts.c.text).having(func.count() >= SAME_TEXTS)
    return Response.id.in_(select(long_texts.c.id).where(long_texts.c.text.in_(repeated)))


def _questionnaires_of(session: Session, activity: Activity) -> dict[str, Questionnaire]:
    versions = session.scalars(select(Response.questionnaire).where(_is_of(activity)).distinct())
    return questionnaires_of(session, versions)


@dataclass(frozen=True, slots=True)
class FilteredAnswers:
    """The numbers of an activity's answers, latest first, each with the names of the filters it matches."""

    answers: Sequence[tuple[int, Sequence[str]]]
    counts: Counter[str]

    def numbers(self, filter_name: str) -> list[int]:
        return [number for number, names in self.answers if filter_name in names]


def filtered_answers(session: Session, activity: Activity, found: Conditions) -> FilteredAnswers:
    """All answers of an activity with their filters, in one query; equal combinations share a list."""
    columns = [case((found[name], 1), else_=0) for name in (*COMPARISON_LABELS, EXCLUDED)]
    rows = session.execute(
        select(Response.id, Response.flags, *columns).where(_is_of(activity)).order_by(Response.id.desc())
    )
    named: dict[tuple[int, ...], Sequence[str]] = {}
    answers = []
    for number, *values in rows:
        key = tuple(values)
        if key not in named:
            named[key] = _names(*key)
        answers.append((number, named[key]))
    return FilteredAnswers(answers, Counter(name for _, names in answers for name in names))


def _names(flags: int, *others: int) -> list[str]:
    *comparisons, is_excluded = others
    names = [ALL, *(name for name, flag in _FLAGS_BY_NAME.items() if flag & flags)]
    names += [name for name, is_so in zip(COMPARISON_LABELS, comparisons, strict=True) if is_so]
    is_odd = flags & SUSPICIOUS or any(comparisons)
    names += [FLAGGED] if is_odd and not flags & AnswerFlag.ACCEPTED else []
    return [*names, EXCLUDED] if is_excluded else names


def doubtful_answers(session: Session, activity: Activity, summary: SurveySummary) -> int:
    """The number of counted answers with a flag that nobody has accepted."""
    found = filtered_answers(session, activity, filter_conditions(session, activity, summary))
    return sum(FLAGGED in names and EXCLUDED not in names for _, names in found.answers)


def page_of_answers(
    session: Session, filtered: FilteredAnswers, filter_name: str, number: int
) -> Page[FlaggedAnswer]:
    """One page of the answers that match a filter, latest first."""
    numbers = filtered.numbers(filter_name)
    number, pages = nearest_page(number, len(numbers), PAGE_SIZE)
    on_page = numbers[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    responses = session.scalars(
        select(Response)
        .options(joinedload(Response.exclusion).joinedload(ExclusionDecision.decided_by))
        .where(Response.id.in_(on_page))
        .order_by(Response.id.desc())
    ).all()
    questionnaires = questionnaires_of(session, {each.questionnaire for each in responses})
    names = dict(filtered.answers)
    answers = [
        _flagged_answer(each, names[each.id], questionnaires.get(each.questionnaire)) for each in responses
    ]
    return Page(answers, number, pages, len(numbers))


def _flagged_answer(
    response: Response, names: Sequence[str], questionnaire: Questionnaire | None
) -> FlaggedAnswer:
    questions = questionnaire.questions if questionnaire else ()
    answers = [
        (question, question.kind.wording(question)(response.answers[question.key]))
        for question in questions
        if question.key != OVERALL and question.key in response.answers
    ]
    return FlaggedAnswer(
        response,
        [label for name, label in LABELS.items() if name in names and name not in _PLAIN],
        answers=[(question.sentence, text) for question, text in answers if not question.is_listed],
        texts=[text for question, text in answers if question.is_listed],
    )


def exclusion_decisions(session: Session, activity: Activity) -> list[ExclusionDecision]:
    """The exclusion decisions about the activity's answers, latest first."""
    decisions = select(ExclusionDecision).options(joinedload(ExclusionDecision.decided_by))
    return list(
        session.scalars(
            decisions.where(ExclusionDecision.activity_id == activity.id).order_by(
                ExclusionDecision.id.desc()
            )
        )
    )
