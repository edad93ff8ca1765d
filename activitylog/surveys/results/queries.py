"""Counts the answers to an activity, or to a project's activities of some months."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    String,
    TableValuedAlias,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import PooledRows, Rows, json_items, json_pairs, json_text
from activitylog.core.period import Period
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import AnswerSum, PaperTally, Response, SummedMonth
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.models import QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import OVERALL, Audience, Questionnaire
from activitylog.surveys.results.rules import ChoiceQuestions, Days, choice_questions_of, not_summed
from activitylog.surveys.rules import GRADE_FIELDS, GRADES

# The order of answers within an activity: stable, and not that of time. A nonce begins with the moment its
# page was served; its last 12 digits are a keyed hash (`access.rules.new_nonce`).
RANDOM_ORDER = (func.substr(Response.nonce, 25), Response.nonce)
_HEADS = Activity.audience_onsite + Activity.audience_online

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
    rows = _counted(session, is_its_own, attendee_questionnaires(session))
    heads = activity.audience_onsite + activity.audience_online
    return AnswerCounts(_summed(rows), 1, heads, _excluded(session, is_its_own))


def of_project(session: Session, project: Project, first: Period, last: Period) -> AnswerCounts:
    """Counts pooled over the approved activities of the project and its descendants, `first` to `last` month.

    Summed months are read from their sums; the remaining days are counted from the answers.
    """
    ids = list(branch_names(session, project))
    months = sums_of_months(session, ids, first, last)
    rows = _from_sums(session, ids, first, last) if months else []
    activities, heads = sum(row.activities for row in months), sum(row.heads for row in months)
    gaps = not_summed(ids, first, last, {(row.project_id, row.month): row.through for row in months})
    if gaps:
        is_left = held_within(gaps)
        left = session.execute(select(func.count(), func.sum(_HEADS)).where(is_left)).one()
        if left[0]:
            activities, heads = activities + left[0], heads + int(left[1])
            rows = [*rows, *_counted(session, is_left, attendee_questionnaires(session))]
    everything = held_within({(first.first_day, last.last_day): ids})
    return AnswerCounts(_summed(rows), activities, heads, _excluded(session, everything))


def _excluded(session: Session, among: ColumnElement[bool]) -> int:
    # "+ 0" makes SQLite start from the few excluded answers, by their index, not from every activity
    is_about = Activity.id == Response.activity_id + 0
    left_out = select(func.count()).join_from(Response, Activity, is_about).where(~IS_COUNTED, among)
    return session.scalar(left_out) or 0


def sums_of_months(session: Session, ids: Sequence[int], first: Period, last: Period) -> Sequence[Any]:
    columns = (SummedMonth.project_id, SummedMonth.month, SummedMonth.through)
    months = select(*columns, SummedMonth.activities, SummedMonth.heads)
    is_in_range = (SummedMonth.project_id.in_(ids), SummedMonth.month.between(first, last))
    return session.execute(months.where(*is_in_range)).all()


def attendee_questionnaires(session: Session) -> Collection[Questionnaire]:
    """Every questionnaire version for attendees, the built-in one first."""
    own = select(QuestionnaireVersion).where(QuestionnaireVersion.audience == Audience.ATTENDEES)
    return [DEFAULT_QUESTIONNAIRE, *(version.questionnaire for version in session.scalars(own))]


def _counted(
    session: Session, among: ColumnElement[bool], questionnaires: Collection[Questionnaire]
) -> Sequence[Any]:
    activities = select(Activity.id.label("activity_id")).where(among).subquery("among")
    return session.execute(answer_counts(choice_questions_of(questionnaires), activities)).all()


def _from_sums(session: Session, ids: Sequence[int], first: Period, last: Period) -> Sequence[Any]:
    columns = (AnswerSum.questionnaire, AnswerSum.question, AnswerSum.choice, AnswerSum.age)
    sums = select(*columns, func.sum(AnswerSum.answers)).group_by(*columns)
    return session.execute(
        sums.where(AnswerSum.project_id.in_(ids), AnswerSum.month.between(first, last))
    ).all()


def _summed(rows: Iterable[Sequence[Any]]) -> Counter[CountKey]:
    counts = Counter[CountKey]()
    for *key, answers in rows:
        counts[CountKey(*key)] += int(answers)
    return counts


def held_within(gaps: Mapping[Days, Sequence[int]]) -> ColumnElement[bool]:
    return and_(
        Activity.status == Status.APPROVED,
        or_(
            *(
                and_(Activity.project_id.in_(ids), Activity.held_on.between(begin, end))
                for (begin, end), ids in gaps.items()
            )
        ),
    )


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
        )
        .subquery("among")
    )
    counted = answer_counts(questions, summed_ones).subquery("counted")
    names = ("project_id", *COLUMNS[:-1])
    held = select(
        *(getattr(AnswerSum, name) for name in names),
        AnswerSum.answers.label("summed"),
        (AnswerSum.answers * 0).label("counted"),
    ).where(AnswerSum.month == month)
    fresh = select(*(counted.c[name] for name in names), counted.c.answers * 0, counted.c.answers)
    both = union_all(held, fresh).subquery("both")
    keys = [both.c[name] for name in names]
    summed, answers = func.sum(both.c.summed), func.sum(both.c.counted)
    differing = select(*keys, summed.label("summed"), answers.label("counted")).group_by(*keys)
    wrong = differing.having(summed != answers).order_by(*keys).limit(limit).subquery("wrong")
    rows = session.execute(
        select(Project.name, wrong.c.question, wrong.c.summed, wrong.c.counted).join(
            Project, Project.id == wrong.c.project_id
        )
    )
    return [tuple(row) for row in rows]


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
    return _labelled_counts(answered, keys, literal(OVERALL), choice, age).group_by(*groups)


def _chosen(questions: ChoiceQuestions, keys: Keys, answered: Rows) -> Rows:
    """One row per question and choice; texts and multiple choices have the choice OPEN."""
    pair = _pairs()
    choice = case((_is_among(questions.one, pair), cast(pair.c.value, String)), else_=OPEN)
    rows = _labelled_counts(answered.join(pair, true()), keys, pair.c.key, choice, literal(NO_AGE))
    return rows.group_by(*keys, Response.questionnaire, pair.c.key, choice)


def _ticked(questions: ChoiceQuestions, keys: Keys, answered: Rows) -> Rows:
    pair = _pairs()
    # A case, not a condition: the database may parse a value before it checks a condition.
    ticked = case((_is_among(questions.many, pair), cast(pair.c.value, String)), else_="[]")
    item = json_items(ticked).table_valued("value", name="item")
    choice = cast(item.c.value, String)
    ticks = answered.join(pair, true()).join(item, true())
    rows = _labelled_counts(ticks, keys, pair.c.key, choice, literal(NO_AGE))
    return rows.group_by(*keys, Response.questionnaire, pair.c.key, choice)


def _pairs() -> TableValuedAlias:
    return json_pairs(Response.answers).table_valued("key", "value", name="pair")


def _is_among(names: Collection[str], pair: TableValuedAlias) -> ColumnElement[bool]:
    return (Response.questionnaire + "/" + pair.c.key).in_(sorted(names))


def _labelled_counts(answered: Rows, keys: Keys, question: Any, choice: Any, age: Any) -> Rows:
    named = (question.label("question"), choice.label("choice"), age.label("age"))
    return answered.add_columns(*keys, Response.questionnaire, *named, func.count().label("answers"))


def _on_paper(keys: Keys, among: FromClause) -> list[Rows]:
    """Counts of the paper tallies, one select per grade."""
    tallied = select().join_from(among, PaperTally, PaperTally.activity_id == among.c.activity_id)
    tallied = tallied.where(PaperTally.is_counted)
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
