"""Counts the answers to an activity, or to a project's activities of some months."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import PooledRows, Rows, is_one_of, json_items, json_pairs, json_text, likely
from activitylog.core.period import Period
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import (
    AnswerSum,
    PaperTally,
    Response,
    SummedMonth,
    UnsummedActivity,
    UnsummedAnswer,
)
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.models import QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import OVERALL, Audience, Questionnaire
from activitylog.surveys.results.rules import ChoiceQuestions, Days, choice_questions_of, not_summed
from activitylog.surveys.rules import GRADE_FIELDS, GRADES

# The order of answers within an activity: stable, and not that of time. A nonce begins with the moment its
# page was served; its last 12 digits are a keyed hash (`access.rules.new_nonce`).
RANDOM_ORDER = (func.substr(Response.nonce, 25), Response.nonce)
_HEADS = Activity.audience_onsite + Activity.audience_online
_PAIR = json_pairs(Response.answers).table_valued("key", "value", name="pair")

AGE = "age"
ON_PAPER = ""  # the questionnaire of paper forms
OPEN = ""  # the choice counted once per text, or per answer to a multiple-choice question
NO_AGE = ""
COLUMNS = ("questionnaire", "question", "choice", "age", "answers")
Keys = Sequence[Any]


class CountKey(NamedTuple):
    """The key of a count; `age` is set for the overall question only."""

    questionnaire: str
    question: str
    choice: str
    age: str


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Counts of answers by question and choice, with the number of activities and of their audience.

    `excluded` is the number of answers left out by exclusion decisions.
    """

    counts: Mapping[CountKey, int]
    activities: int
    heads: int
    excluded: int

    @property
    def versions(self) -> list[str]:
        """The questionnaires answered on screen, the most answered first."""
        sizes = Counter[str]()
        for key, count in self.counts.items():
            if key.question == OVERALL and key.questionnaire != ON_PAPER:
                sizes[key.questionnaire] += count
        return [version for version, _ in sizes.most_common()]

    def grades(self, *, on_paper: bool) -> tuple[int, ...]:
        """The overall question's five counts, the best first."""
        sums = Counter[str]()
        for key, count in self.counts.items():
            if key.question == OVERALL and (key.questionnaire == ON_PAPER) is on_paper:
                sums[key.choice] += count
        return tuple(sums[grade] for grade, _ in GRADES)

    def choice_counts(self, version: str, question: str) -> Counter[str]:
        sums = Counter[str]()
        for key, count in self.counts.items():
            if (key.questionnaire, key.question) == (version, question):
                sums[key.choice] += count
        return sums


def of_activity(session: Session, activity: Activity) -> AnswerCounts:
    """One activity's current counts, whatever its status."""
    is_its_own = Activity.id == activity.id
    counts = _counted(session, answers_about(select(Activity.id).where(is_its_own)))
    return _with_paper(session, counts, is_its_own)


def of_project(session: Session, project: Project, first: Period, last: Period) -> AnswerCounts:
    """Counts pooled over the approved activities of the project and its descendants, `first` to `last` month.

    Summed months are read from their sums without what was corrected; the rest is counted from the answers.
    """
    ids = list(branch_names(session, project))
    counts = _from_sums(session, ids, first, last)
    counts.update(_counted(session, answers_about(unsummed_activities(session, ids, first, last))))
    return _with_paper(session, counts, held_within(ids, first.first_day, last.last_day))


def _with_paper(session: Session, on_screen: Counter[CountKey], among: ColumnElement[bool]) -> AnswerCounts:
    activities, heads = session.execute(select(func.count(), func.sum(_HEADS)).where(among)).one()
    counts = on_screen + _on_paper(session, among)
    return AnswerCounts(counts, activities, int(heads or 0), _excluded(session, among))


def _on_paper(session: Session, among: ColumnElement[bool]) -> Counter[CountKey]:
    sums = [func.coalesce(func.sum(getattr(PaperTally, field)), 0) for field in GRADE_FIELDS]
    tallied = select(*sums).join_from(PaperTally, Activity, PaperTally.activity)
    row = session.execute(tallied.where(PaperTally.is_counted, likely(among))).one()
    keys = (CountKey(ON_PAPER, OVERALL, grade, NO_AGE) for grade, _ in GRADES)
    return Counter(dict(zip(keys, map(int, row), strict=True)))


def _excluded(session: Session, among: ColumnElement[bool]) -> int:
    # "+ 0" makes SQLite start from the few excluded answers, by their index, not from every activity
    is_about = Activity.id == Response.activity_id + 0
    left_out = select(func.count()).join_from(Response, Activity, is_about).where(~IS_COUNTED, among)
    return session.scalar(left_out) or 0


def unsummed_activities(session: Session, ids: Sequence[int], first: Period, last: Period) -> PooledRows:
    """The months' approved activities whose answers are in no sums, or no longer as they were summed."""
    gaps = days_not_summed(session, ids, first, last)
    held = select(Activity.id)
    is_corrected = Activity.id.in_(select(UnsummedActivity.activity_id))
    corrected = held.where(is_corrected, likely(held_within(ids, first.first_day, last.last_day)))
    return union(corrected, *(held.where(held_within(of, *days)) for days, of in gaps.items()))


def days_not_summed(
    session: Session, ids: Sequence[int], first: Period, last: Period
) -> dict[Days, list[int]]:
    """The months' ranges of days whose answers are in no sums, each with the projects concerned."""
    columns = (SummedMonth.project_id, SummedMonth.month, SummedMonth.through)
    months = session.execute(select(*columns).where(*in_months(SummedMonth, ids, first, last)))
    return not_summed(ids, first, last, {(project, month): through for project, month, through in months})


def in_months(
    table: type[SummedMonth | AnswerSum | UnsummedAnswer], ids: Sequence[int], first: Period, last: Period
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.project_id.in_(ids), table.month.between(first, last)


def attendee_questionnaires(session: Session) -> Collection[Questionnaire]:
    """Every questionnaire version for attendees, the built-in one first."""
    own = select(QuestionnaireVersion).where(QuestionnaireVersion.audience == Audience.ATTENDEES)
    return [DEFAULT_QUESTIONNAIRE, *(version.questionnaire for version in session.scalars(own))]


def _counted(session: Session, answered: Rows) -> Counter[CountKey]:
    questions = choice_questions_of(attendee_questionnaires(session))
    return _summed(session.execute(answer_counts(questions, answered)))


def _from_sums(session: Session, ids: Sequence[int], first: Period, last: Period) -> Counter[CountKey]:
    """The months' sums without the answers that were corrected since."""
    columns = (AnswerSum.questionnaire, AnswerSum.question, AnswerSum.choice, AnswerSum.age)
    sums = select(*columns, func.sum(AnswerSum.answers)).group_by(*columns)
    counts = _summed(session.execute(sums.where(*in_months(AnswerSum, ids, first, last))))
    corrected = corrected_answers().where(*in_months(UnsummedAnswer, ids, first, last))
    counts.subtract(_counted(session, corrected))
    return counts


def _summed(rows: Iterable[Sequence[Any]]) -> Counter[CountKey]:
    counts = Counter[CountKey]()
    for *key, answers in rows:
        counts[CountKey(*key)] += int(answers)
    return counts


def held_within(ids: Sequence[int], first: date, last: date) -> ColumnElement[bool]:
    is_held = Activity.held_on.between(first, last)
    return and_(Activity.status == Status.APPROVED, Activity.project_id.in_(ids), is_held)


def summed_months(session: Session) -> Sequence[Period]:
    """The months that have sums, of any project, in order."""
    return session.scalars(select(SummedMonth.month).distinct().order_by(SummedMonth.month)).all()


def wrong_sums(
    session: Session, questions: ChoiceQuestions, *, month: Period, limit: int
) -> Sequence[tuple[str, str, int, int]]:
    """Differences of a month's sums from its answers: project, question, summed and counted number."""
    summed_ones = (
        select(Activity.id.label("activity_id"), Activity.project_id)
        .join(SummedMonth, and_(SummedMonth.project_id == Activity.project_id, SummedMonth.month == month))
        .where(
            Activity.status == Status.APPROVED,
            Activity.held_on.between(month.first_day, month.last_day),
            Activity.held_on <= SummedMonth.through,
            Activity.id.not_in(select(UnsummedActivity.activity_id)),
        )
        .subquery("among")
    )
    corrected = corrected_answers().where(UnsummedAnswer.month == month)
    parts = (
        answer_counts(questions, answers_to(summed_ones), [summed_ones.c.project_id]).subquery("counted"),
        answer_counts(questions, corrected, [UnsummedAnswer.project_id]).subquery("corrected"),
    )
    names = ("project_id", *COLUMNS[:-1])
    held = select(
        *(getattr(AnswerSum, name) for name in names),
        AnswerSum.answers.label("summed"),
        (AnswerSum.answers * 0).label("counted"),
    ).where(AnswerSum.month == month)
    fresh = (select(*(part.c[name] for name in names), part.c.answers * 0, part.c.answers) for part in parts)
    both = union_all(held, *fresh).subquery("both")
    keys = [both.c[name] for name in names]
    summed, answers = func.sum(both.c.summed), func.sum(both.c.counted)
    differing = select(*keys, summed.label("summed"), answers.label("counted")).group_by(*keys)
    wrong = differing.having(summed != answers).order_by(*keys).limit(limit).subquery("wrong")
    named = select(Project.name, wrong.c.question, wrong.c.summed, wrong.c.counted)
    named = named.join(Project, Project.id == wrong.c.project_id)
    return [tuple(row) for row in session.execute(named)]


def answers_to(activities: FromClause) -> Rows:
    """The counted answers to the activities with the unique `activity_id`."""
    answered = select().join_from(activities, Response, Response.activity_id == activities.c.activity_id)
    return answered.where(IS_COUNTED)


def answers_about(few: Rows | PooledRows) -> Rows:
    """The counted answers to the activities with these ids."""
    is_about = is_one_of(Response.activity_id, few.scalar_subquery())
    return select().select_from(Response).where(IS_COUNTED, is_about)


def corrected_answers() -> Rows:
    """The answers that are still in sums and are subtracted from them."""
    return select().join_from(UnsummedAnswer, Response, Response.id == UnsummedAnswer.response_id)


def answer_counts(questions: ChoiceQuestions, answered: Rows, keys: Keys = ()) -> PooledRows:
    """COLUMNS of the answers, grouped by the keys, which come first; the overall question by age band."""
    parts = [_overall(keys, answered), _chosen(questions, keys, answered)]
    if questions.many:
        parts.append(_ticked(questions, keys, answered))
    return union_all(*parts)


def _overall(keys: Keys, answered: Rows) -> Rows:
    age = func.coalesce(json_text(Response.answers, AGE), NO_AGE)
    choice = cast(Response.overall, String(1))
    groups = (*keys, Response.questionnaire, choice, age)
    return _labelled_counts(answered, keys, literal(OVERALL), choice, age).group_by(*groups)


def _chosen(questions: ChoiceQuestions, keys: Keys, answered: Rows) -> Rows:
    """One row per question and choice; texts and multiple choices have the choice OPEN."""
    groups = (*keys, Response.questionnaire, _PAIR.c.key, _PAIR.c.value)
    # grouped by the bare values first, which is twice as fast
    counted = answered.join(_PAIR, true()).add_columns(*groups, func.count().label("answers"))
    found = counted.group_by(*groups).subquery("found").c
    is_of_one = (found.questionnaire + "/" + found.key).in_(sorted(questions.one))
    choice = case((is_of_one, cast(found.value, String)), else_=OPEN)
    columns = (*(found[column.key] for column in keys), found.questionnaire, found.key, choice)
    return select(*columns, literal(NO_AGE), cast(func.sum(found.answers), Integer)).group_by(*columns)


def _ticked(questions: ChoiceQuestions, keys: Keys, answered: Rows) -> Rows:
    # A case, not a condition: the database may parse a value before it checks a condition.
    is_of_many = (Response.questionnaire + "/" + _PAIR.c.key).in_(sorted(questions.many))
    ticked = case((is_of_many, cast(_PAIR.c.value, String)), else_="[]")
    item = json_items(ticked).table_valued("value", name="item")
    choice = cast(item.c.value, String)
    ticks = answered.join(_PAIR, true()).join(item, true())
    rows = _labelled_counts(ticks, keys, _PAIR.c.key, choice, literal(NO_AGE))
    return rows.group_by(*keys, Response.questionnaire, _PAIR.c.key, choice)


def _labelled_counts(answered: Rows, keys: Keys, question: Any, choice: Any, age: Any) -> Rows:
    named = (question.label("question"), choice.label("choice"), age.label("age"))
    return answered.add_columns(*keys, Response.questionnaire, *named, func.count().label("answers"))
