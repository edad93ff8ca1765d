"""One activity's answers on screen, each with what makes it worth a second look."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from activitylog.activities.models import Activity
from activitylog.core.dialects import json_text, minute_of
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.flags import (
    BURST,
    COMPARISON_LABELS,
    FLAG_LABELS,
    SAME_TEXTS,
    SHORTEST_TEXT,
    SUSPICIOUS,
    ComparisonFlag,
    leaving_hours,
)
from activitylog.surveys.models import ExclusionDecision, Response
from activitylog.surveys.queries import SurveySummary
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.questions import OVERALL, Counting, Question, Questionnaire
from activitylog.surveys.questionnaires.questions import TYPES as QUESTION_TYPES
from activitylog.web.paging import Page, nearest_page

PAGE_SIZE = 50
ALL, FLAGGED, EXCLUDED = "", "marked", "excluded"
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
    """One answer in words: what was noticed, and each question with what was said."""

    response: Response
    flags: Sequence[str]
    answers: Sequence[tuple[str, str]]
    texts: Sequence[str]


def filter_conditions(session: Session, activity: Activity, summary: SurveySummary) -> Conditions:
    """What each filter of the page asks of an answer, by its name in the address."""
    flags = {name: Response.flags.bitwise_and(flag.value) != 0 for name, flag in _FLAGS_BY_NAME.items()}
    comparisons: dict[str, ColumnElement[bool]] = {
        ComparisonFlag.BEYOND_HEADS: _is_beyond_heads(activity, summary.heads - summary.on_paper),
        ComparisonFlag.BURST: _is_burst(activity),
        ComparisonFlag.SAME: _is_same(session, activity),
    }
    suspicious = or_(Response.flags.bitwise_and(SUSPICIOUS.value) != 0, *comparisons.values())
    found = {ALL: true(), FLAGGED: suspicious, **flags, **comparisons, EXCLUDED: ~IS_COUNTED}
    return {name: found[name] for name in LABELS}


def _is_of(activity: Activity) -> ColumnElement[bool]:
    return Response.activity_id == activity.id


def _is_beyond_heads(activity: Activity, room: int) -> ColumnElement[bool]:
    """Whether as many had answered before as people came, less those on paper; of a plan nobody knows."""
    if activity.held_on is None:
        return ~true()
    counted = select(Response.id).where(_is_of(activity), IS_COUNTED).order_by(Response.id)
    return and_(IS_COUNTED, Response.id >= counted.offset(max(room, 0)).limit(1).scalar_subquery())


def _is_burst(activity: Activity) -> ColumnElement[bool]:
    """Whether many came within the same minute at an hour when nobody leaves."""
    begins, ends = leaving_hours(activity.happens_on)
    is_odd = or_(Response.submitted_at < begins, Response.submitted_at >= ends)
    minute = minute_of(Response.submitted_at)
    full = select(minute).where(_is_of(activity), is_odd).group_by(minute).having(func.count() >= BURST)
    return and_(is_odd, minute.in_(full))


def _is_same(session: Session, activity: Activity) -> ColumnElement[bool]:
    """Whether many wrote the very same words."""
    asked = _questionnaires_of(session, activity).values()
    keys = sorted({question.key for each in asked for question in each.questions if _is_text(question)})
    return or_(~true(), *(_repeats(activity, json_text(Response.answers, key)) for key in keys))


def _repeats(activity: Activity, text: ColumnElement[str]) -> ColumnElement[bool]:
    long_ones = (
        select(Response.id, text.label("words"))
        .where(_is_of(activity), func.length(text) >= SHORTEST_TEXT)
        .cte()
    )
    often = select(long_ones.c.words).group_by(long_ones.c.words).having(func.count() >= SAME_TEXTS)
    return Response.id.in_(select(long_ones.c.id).where(long_ones.c.words.in_(often)))


def _is_text(question: Question) -> bool:
    return QUESTION_TYPES[question.type].counted is Counting.LISTED


def _questionnaires_of(session: Session, activity: Activity) -> dict[str, Questionnaire]:
    versions = session.scalars(select(Response.questionnaire).where(_is_of(activity)).distinct())
    return questionnaires_of(session, versions)


@dataclass(frozen=True, slots=True)
class FilteredAnswers:
    """The numbers of an activity's answers, the latest first, each with the filters that leave it."""

    answers: Sequence[tuple[int, Sequence[str]]]
    counts: Counter[str]

    def numbers(self, shown: str) -> list[int]:
        return [number for number, names in self.answers if shown in names]


def filtered_answers(session: Session, activity: Activity, found: Conditions) -> FilteredAnswers:
    """Every answer looked at once; the filters of each combination are named once, there are few."""
    columns = [case((found[name], 1), else_=0) for name in (*COMPARISON_LABELS, EXCLUDED)]
    rows = session.execute(
        select(Response.id, Response.flags, *columns).where(_is_of(activity)).order_by(Response.id.desc())
    )
    named: dict[tuple[int, ...], Sequence[str]] = {}
    answers = []
    for number, *seen in rows:
        key = tuple(seen)
        if key not in named:
            named[key] = _names(*key)
        answers.append((number, named[key]))
    return FilteredAnswers(answers, Counter(name for _, names in answers for name in names))


def _names(flags: int, *others: int) -> list[str]:
    *comparisons, is_excluded = others
    names = [ALL, *(name for name, flag in _FLAGS_BY_NAME.items() if flag & flags)]
    names += [name for name, is_so in zip(COMPARISON_LABELS, comparisons, strict=True) if is_so]
    names += [FLAGGED] if flags & SUSPICIOUS or any(comparisons) else []
    return [*names, EXCLUDED] if is_excluded else names


def answers_page(session: Session, looked: FilteredAnswers, shown: str, number: int) -> Page[FlaggedAnswer]:
    """One page of the answers a filter leaves, the latest first."""
    those = looked.numbers(shown)
    number, pages = nearest_page(number, len(those), PAGE_SIZE)
    wanted = those[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    responses = session.scalars(
        select(Response)
        .options(joinedload(Response.exclusion).joinedload(ExclusionDecision.decided_by))
        .where(Response.id.in_(wanted))
        .order_by(Response.id.desc())
    ).all()
    asked = questionnaires_of(session, {each.questionnaire for each in responses})
    names = dict(looked.answers)
    answers = [_flagged_answer(each, names[each.id], asked.get(each.questionnaire)) for each in responses]
    return Page(answers, number, pages, len(those))


def _flagged_answer(response: Response, names: Sequence[str], asked: Questionnaire | None) -> FlaggedAnswer:
    questions = asked.questions if asked else ()
    answers = [
        (question.sentence, _answer_text(question, response.answers[question.key]), _is_text(question))
        for question in questions
        if question.key != OVERALL and question.key in response.answers
    ]
    return FlaggedAnswer(
        response,
        [label for name, label in LABELS.items() if name in names and name not in _PLAIN],
        answers=[(sentence, words) for sentence, words, is_text in answers if not is_text],
        texts=[words for _, words, is_text in answers if is_text],
    )


def _answer_text(question: Question, answer: int | str | list[str]) -> str:
    words = dict(question.choices)
    chosen = answer if isinstance(answer, list) else [str(answer)]
    return "、".join(words.get(each, each) for each in chosen)


def exclusion_decisions(session: Session, activity: Activity) -> list[ExclusionDecision]:
    """What people decided about the activity's answers, the latest first."""
    wanted = select(ExclusionDecision).options(joinedload(ExclusionDecision.decided_by))
    return list(
        session.scalars(
            wanted.where(ExclusionDecision.activity_id == activity.id).order_by(ExclusionDecision.id.desc())
        )
    )
