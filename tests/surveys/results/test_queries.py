"""The results pages' figures against an oracle in plain Python, the facts and the postings."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.core.rounding import percent_text
from activitylog.indicators.aggregation import AggregationKind, aggregate
from activitylog.projects.models import Project
from activitylog.rollup.drilldown import contributions_to
from activitylog.rollup.run import roll_up
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.facts import response_facts
from activitylog.surveys.models import PaperTally, Response, SummedMonth
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.results.free_text import (
    TextQuestion,
    newest_of_project,
    texts_of_activity,
    texts_of_project,
)
from activitylog.surveys.results.operations import sum_answers
from activitylog.surveys.results.page import headline, versions_of
from activitylog.surveys.results.queries import attendee_questionnaires, of_activity, of_project, wrong_sums
from activitylog.surveys.results.rules import ChoiceQuestions, choice_questions_of
from activitylog.surveys.rules import ExclusionStep, Window
from activitylog.surveys.years.rules import SatisfactionMethod
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.factories.surveys import NOON, answer, make_surveyed_activity, make_version, submit_response

YEAR = 2024
FIRST, DECEMBER = Period(YEAR, 1), Period(YEAR, 12)
NIGHT = datetime(YEAR, 5, 20, 19, 30, tzinfo=UTC)  # in the midst of the months drawn
SUGGESTION = TextQuestion(
    "default-1", next(each for each in DEFAULT_QUESTIONNAIRE.questions if each.is_listed)
)


@dataclass
class Row:
    """An activity as the oracle knows it."""

    project: str
    held_on: date
    status: Status
    heads: int
    answers: list[dict[str, object]] = field(default_factory=list)
    piles: list[tuple[list[int], bool]] = field(default_factory=list)


answers = st.fixed_dictionaries(
    {"overall": st.integers(1, 5)},
    optional={
        "age": st.sampled_from(["under_14", "60_up"]),
        "content": st.integers(1, 5),
        "again": st.sampled_from(["yes", "no"]),
        "suggestion": st.sampled_from(["很好", "再来一场"]),
    },
)
projects = st.sampled_from(["配送", "咖啡馆", "别处"])
days = st.dates(date(YEAR, 3, 28), date(YEAR, 5, 31))
statuses = st.sampled_from([Status.APPROVED, Status.APPROVED, Status.LOGGED, Status.WITHDRAWN])
piles = st.tuples(st.lists(st.integers(0, 9), min_size=5, max_size=5), st.booleans())
rows = st.builds(
    Row,
    projects,
    days,
    statuses,
    st.integers(0, 90),
    st.lists(answers, max_size=4),
    st.lists(piles, max_size=2),
)
changes = st.lists(st.tuples(st.integers(0, 5), rows), max_size=4)


class Office:
    """The rows in the database."""

    def __init__(self, session: Session, described: list[Row]) -> None:
        self.session = session
        self.umbrella = make_project(session, name="基层科普服务", year=YEAR)
        self.projects = {
            "配送": make_project(session, name="科普资源配送", year=YEAR, parent=self.umbrella),
            "咖啡馆": make_project(session, name="科学咖啡馆", year=YEAR, parent=self.umbrella),
            "别处": make_project(session, name="别处", year=YEAR),
        }
        self.rows = described
        self.activities = [self._add(row) for row in described]

    def _add(self, row: Row) -> Activity:
        activity = make_surveyed_activity(
            self.session,
            project=self.projects[row.project],
            held_on=row.held_on,
            status=row.status,
            heads=row.heads,
        )
        for number, given_ in enumerate(row.answers):
            rest = {key: value for key, value in given_.items() if key != "overall"}
            self.session.add(
                Response(
                    activity_id=activity.id,
                    nonce=str(number),
                    overall=given_["overall"],
                    answers=rest,
                    questionnaire="default-1",
                    submitted_at=NOON,
                )
            )
        self._tally(activity, row)
        self.session.flush()
        return activity

    def _tally(self, activity: Activity, row: Row) -> None:
        for counts, is_withdrawn in row.piles:
            self.session.add(
                PaperTally(
                    activity_id=activity.id,
                    very_satisfied=counts[0],
                    satisfied=counts[1],
                    neutral=counts[2],
                    dissatisfied=counts[3],
                    very_dissatisfied=counts[4],
                    recorded_on=row.held_on,
                    created_at=NOON,
                    approved_at=NOON,
                    withdrawn_at=NOON if is_withdrawn else None,
                )
            )

    def change(self, number: int, new: Row) -> None:
        """Everything about an activity, and its first answer left out or included again."""
        if not self.rows:
            return
        number %= len(self.rows)
        activity, row = self.activities[number], self.rows[number]
        activity.project_id, activity.status = self.projects[new.project].id, new.status
        activity.held_on, activity.audience_onsite = new.held_on, new.heads
        row.project, row.status, row.held_on, row.heads = new.project, new.status, new.held_on, new.heads
        row.piles += new.piles
        self._tally(activity, new)
        self.session.flush()
        if row.answers:
            row.answers[0]["excluded"] = is_out = not row.answers[0].get("excluded")
            step = ExclusionStep.EXCLUDED if is_out else ExclusionStep.INCLUDED
            first = Response.nonce == "0"
            decide_exclusion(self.session, activity, step, first, reason="演练", by=None, now=NOON)

    def pooled(self, names: set[str], first: Period, last: Period) -> list[Row]:
        return [
            row
            for row in self.rows
            if row.project in names
            and row.status == Status.APPROVED
            and first.first_day <= row.held_on <= last.last_day
        ]


def counting(row: Row) -> list[dict[str, object]]:
    return [given_ for given_ in row.answers if not given_.get("excluded")]


def by_grade(found: list[Row]) -> list[int]:
    sums = Counter(dict.fromkeys(range(1, 6), 0))
    for row in found:
        sums.update(given_["overall"] for given_ in counting(row))
        for counts, is_withdrawn in row.piles:
            if not is_withdrawn:
                sums.update(dict(zip((5, 4, 3, 2, 1), counts, strict=True)))
    return [sums[grade] for grade in (5, 4, 3, 2, 1)]


def chosen(found: list[Row], key: str) -> Counter[str]:
    return Counter(str(each[key]) for row in found for each in counting(row) if key in each)


def check(session: Session, office: Office, project: Project, names: set[str], last: Period) -> None:
    found = office.pooled(names, FIRST, last)
    counted = of_project(session, project, FIRST, last)
    shown = headline(counted, is_project=True)
    assert [bar.count for bar in shown.bars] == by_grade(found)
    assert (shown.activities, shown.heads) == (len(found), sum(row.heads for row in found))
    assert shown.excluded == sum(len(row.answers) - len(counting(row)) for row in found)
    for key in ("content", "again", "age"):
        assert +counted.choice_counts("default-1", key) == chosen(found, key)
    texts = chosen(found, "suggestion")
    assert counted.choice_counts("default-1", "suggestion")[""] == texts.total()
    pages = [
        texts_of_project(session, project, SUGGESTION, FIRST, last, number=number, size=2)
        for number in range(1, -(-texts.total() // 2) + 1)
    ]
    assert Counter(each.text for page in pages for each in page.rows) == texts
    if pages:  # without counting all of them
        assert newest_of_project(session, project, SUGGESTION, FIRST, last, size=2) == pages[0].rows


@given(described=st.lists(rows, max_size=6), changed=changes, booked=st.sampled_from([3, 4, 5, 12]))
@examples(6, thorough=15)
def test_results_are_what_was_answered_and_what_the_books_say(
    session: Session, described: list[Row], changed: list[tuple[int, Row]], booked: int
) -> None:
    with rolled_back(session):
        office = Office(session, described)
        asked, last = choice_questions_of(attendee_questionnaires(session)), Period(YEAR, booked)
        scopes = [(office.umbrella, {"配送", "咖啡馆"}), (office.projects["配送"], {"配送"})]
        for project, names in scopes:
            check(session, office, project, names, last)
        sum_answers(session, asked, now=NIGHT)
        assert sum_answers(session, asked, now=NIGHT) == 0
        for project, names in scopes:
            check(session, office, project, names, last)
        for days in (0, 3):
            for number, new in changed:
                office.change(number, new)
                for project, names in scopes:
                    check(session, office, project, names, last)
            check_sums(session, asked)
            sum_answers(session, asked, now=NIGHT + timedelta(days=days))
            for project, names in scopes:
                check(session, office, project, names, last)
            check_sums(session, asked)
            assert sum_answers(session, asked, now=NIGHT + timedelta(days=days)) == 0
        compare_with_books(session, office, last)


def check_sums(session: Session, asked: ChoiceQuestions) -> None:
    assert all(not wrong_sums(session, asked, month=month, limit=9) for month in FIRST.through(DECEMBER))


def compare_with_books(session: Session, office: Office, last: Period) -> None:
    share, index = (
        make_indicator(session, office.umbrella, measure, unit="%")
        for measure in ("satisfaction", "satisfaction_index")
    )
    roll_up(session, last, now=NIGHT.replace(year=YEAR + 1))
    listed = aggregate(AggregationKind.RATE, contributions_to(session, share.id, last))
    counted = of_project(session, office.umbrella, FIRST, last)
    shown = headline(counted, is_project=True)
    assert (shown.satisfied, shown.valid) == (listed.amount, listed.base)
    graded = aggregate(AggregationKind.RATE, contributions_to(session, index.id, last))
    by_index = headline(counted, is_project=True, method=SatisfactionMethod.INDEX)
    assert by_index.satisfaction == percent_text(graded.amount, graded.base or 0)
    facts = response_facts().subquery()
    for activity, row in zip(office.activities, office.rows, strict=True):
        own = headline(of_activity(session, activity), is_project=False)
        assert [bar.count for bar in own.bars] == by_grade([row])
        if row.status == Status.APPROVED and own.valid:
            fact = session.execute(
                select(facts.c.satisfied, facts.c.valid).where(facts.c.activity_id == activity.id)
            ).one()
            assert (own.satisfied, own.valid) == tuple(fact)
        assert texts_of_activity(session, activity, SUGGESTION, number=1).total == sum(
            chosen([row], "suggestion").values()
        )


def test_a_question_of_several_choices_counts_people_and_each_choice(session: Session) -> None:
    project = make_project(session, year=YEAR)
    version = make_version(session, project)
    activity = make_surveyed_activity(session, project=project, status=Status.APPROVED)
    for number, ticked in enumerate((["a", "b"], ["b"], None)):
        answers_ = {"liked": ticked} if ticked else {}
        session.add(
            Response(
                activity_id=activity.id,
                nonce=str(number),
                overall=5,
                answers=answers_,
                questionnaire=version.key,
                submitted_at=NOON,
            )
        )
    session.flush()
    for _ in ("counted", "summed"):
        (shown,) = versions_of(
            of_project(session, project, FIRST, DECEMBER), {version.key: version.questionnaire}
        )
        assert shown.name == f"项目问卷第 1 版（{version.key}）"
        (liked,) = shown.bar_questions
        assert (liked.answered, [(bar.word, bar.count) for bar in liked.bars]) == (
            2,
            [("展品", 1), ("讲解", 2)],
        )
        assert liked.is_of_several
        sum_answers(
            session, choice_questions_of(attendee_questionnaires(session)), now=NIGHT + timedelta(days=90)
        )


def test_an_answer_that_comes_after_all_drops_the_sums_it_is_missing_from(session: Session) -> None:
    project = make_project(session, year=YEAR)
    activity = make_surveyed_activity(session, project=project, status=Status.APPROVED)
    answer(session, activity)
    later = NIGHT + timedelta(days=90)
    sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=later)
    assert session.scalars(select(SummedMonth.month)).all() == [Period(YEAR, 6)]
    submit_response(
        session,
        activity=activity,
        overall=5,
        answers={},
        nonce="late",
        device_hash="another",
        now=NOON + timedelta(days=20),
        window=Window(hours_after=24 * 30),
    )
    assert session.scalars(select(SummedMonth.month)).all() == []
    assert headline(of_project(session, project, FIRST, DECEMBER), is_project=True).valid == 2
