"""One activity's answers on screen, each with what makes it worth a second look."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from activitylog.activities.models import Activity
from activitylog.core.dialects import json_text, minute_of
from activitylog.surveys.facts import COUNTS
from activitylog.surveys.flags import (
    BURST,
    MARK_LABELS,
    SAME_TEXTS,
    SHORTEST_TEXT,
    SUSPICIOUS,
    TRAIT_LABELS,
    Trait,
    leaving_hours,
)
from activitylog.surveys.models import AnswerRuling, Response
from activitylog.surveys.queries import SurveySummary
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.questions import OVERALL, Counting, Question, Questionnaire
from activitylog.surveys.questionnaires.questions import TYPES as QUESTION_TYPES
from activitylog.web.paging import Page, nearest_page

PAGE_SIZE = 50
ALL, MARKED, EXCLUDED = "", "marked", "excluded"
_BY_NAME = {str(mark.name).lower(): mark for mark in MARK_LABELS}
LABELS: dict[str, str] = {
    ALL: "全部",
    MARKED: "有疑点",
    **{name: MARK_LABELS[mark] for name, mark in _BY_NAME.items()},
    **{str(trait.value): label for trait, label in TRAIT_LABELS.items()},
    EXCLUDED: "已剔除",
}

_PLAIN = (ALL, MARKED, EXCLUDED)  # filters that say nothing of an answer by themselves

Conditions = Mapping[str, ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Told:
    """One answer in words: what was noticed, and each question with what was said."""

    response: Response
    noticed: Sequence[str]
    said: Sequence[tuple[str, str]]
    texts: Sequence[str]


def conditions(session: Session, activity: Activity, summary: SurveySummary) -> Conditions:
    """What each filter of the page asks of an answer, by its name in the address."""
    marks = {name: Response.marks.bitwise_and(mark.value) != 0 for name, mark in _BY_NAME.items()}
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
    long_ones = (
        select(Response.id, text.label("words"))
        .where(_mine(activity), func.length(text) >= SHORTEST_TEXT)
        .cte()
    )
    often = select(long_ones.c.words).group_by(long_ones.c.words).having(func.count() >= SAME_TEXTS)
    return Response.id.in_(select(long_ones.c.id).where(long_ones.c.words.in_(often)))


def _is_text(question: Question) -> bool:
    return QUESTION_TYPES[question.type].counted is Counting.LISTED


def _asked(session: Session, activity: Activity) -> dict[str, Questionnaire]:
    versions = session.scalars(select(Response.questionnaire).where(_mine(activity)).distinct())
    return questionnaires_of(session, versions)


@dataclass(frozen=True, slots=True)
class Looked:
    """The numbers of an activity's answers, the latest first, each with the filters that leave it."""

    answers: Sequence[tuple[int, Sequence[str]]]
    counts: Counter[str]

    def numbers(self, shown: str) -> list[int]:
        return [number for number, names in self.answers if shown in names]


def looked_at(session: Session, activity: Activity, found: Conditions) -> Looked:
    """Every answer looked at once; the filters of each combination are named once, there are few."""
    flags = [case((found[name], 1), else_=0) for name in (*TRAIT_LABELS, EXCLUDED)]
    rows = session.execute(
        select(Response.id, Response.marks, *flags).where(_mine(activity)).order_by(Response.id.desc())
    )
    named: dict[tuple[int, ...], Sequence[str]] = {}
    answers = []
    for number, *seen in rows:
        key = tuple(seen)
        if key not in named:
            named[key] = _names(*key)
        answers.append((number, named[key]))
    return Looked(answers, Counter(name for _, names in answers for name in names))


def _names(marks: int, *flags: int) -> list[str]:
    *traits, is_excluded = flags
    names = [ALL, *(name for name, mark in _BY_NAME.items() if mark & marks)]
    names += [name for name, is_so in zip(TRAIT_LABELS, traits, strict=True) if is_so]
    names += [MARKED] if marks & SUSPICIOUS or any(traits) else []
    return [*names, EXCLUDED] if is_excluded else names


def answers_page(session: Session, looked: Looked, shown: str, number: int) -> Page[Told]:
    """One page of the answers a filter leaves, the latest first."""
    those = looked.numbers(shown)
    number, pages = nearest_page(number, len(those), PAGE_SIZE)
    wanted = those[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    responses = session.scalars(
        select(Response)
        .options(joinedload(Response.exclusion).joinedload(AnswerRuling.decided_by))
        .where(Response.id.in_(wanted))
        .order_by(Response.id.desc())
    ).all()
    asked = questionnaires_of(session, {each.questionnaire for each in responses})
    names = dict(looked.answers)
    told = [_told(each, names[each.id], asked.get(each.questionnaire)) for each in responses]
    return Page(told, number, pages, len(those))


def _told(response: Response, names: Sequence[str], asked: Questionnaire | None) -> Told:
    questions = asked.questions if asked else ()
    said = [
        (question.sentence, _words(question, response.answers[question.key]), _is_text(question))
        for question in questions
        if question.key != OVERALL and question.key in response.answers
    ]
    return Told(
        response,
        [label for name, label in LABELS.items() if name in names and name not in _PLAIN],
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
