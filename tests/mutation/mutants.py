"""The faults to put in, each a text of the code and what to write in its place.

A group names a text that only the file in question holds, so that the file may be moved, and one test of each
file of tests that ought to notice.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: `old` occurs exactly once in the one file that holds `where`."""

    area: str
    where: str
    tests: tuple[str, ...]
    name: str
    old: str
    new: str


def of(area: str, where: str, tests: tuple[str, ...], *faults: tuple[str, str, str]) -> tuple[Mutant, ...]:
    """Faults of one file, as (name, old, new)."""
    return tuple(Mutant(area, where, tests, *fault) for fault in faults)


SECOND_PERSON = ("test_nobody_lets_their_own_entry_count", "test_who_corrects_a_record_leaves_it_to_a_third")
ARITHMETIC = (
    "test_a_total_adds_amounts_and_has_no_base",
    "test_a_percentage_is_decided_exactly_and_never_printed_across_its_target",
)
ROLL_UP = ("test_every_actual_equals_an_independent_reckoning",)
EXPENSE_FACTS = ("test_a_withdrawn_expense_counts_nowhere",)
ACTIVITY_FACTS = ("test_a_withdrawn_activity_counts_nowhere",)
PUSH_FACTS = ("test_a_withdrawn_push_counts_nowhere",)
DUE_FACTS = ("test_a_withdrawn_milestone_counts_nowhere",)
COSTS = ("test_costs_are_what_was_paid_by_all_kinds_or_those_of_the_rule",)
SCOPES = ("test_a_year_has_the_contributions_to_its_own_indicators",)
CLOSING = ("test_a_reopened_month_is_rolled_up_anew_and_its_old_revision_stays",)
STATUS = ("test_a_count_is_measured_by_its_plan_to_date",)
GRADES = ("test_punctuality_follows_from_the_rate",)
WEIGHTS = ("test_an_equal_split_loses_nothing",)
SURVEY_FACTS = ("test_withdrawn_paper_does_not_count",)
SURVEYS = ("test_window_runs_from_half_an_hour_before_the_day_to_48_hours_after_it",)
STATISTICS = ("test_the_interval_holds_the_share_within_nought_and_one",)
WAYS_IN = ("test_an_answer_of_our_own_page_given_in_time_bears_no_mark",)
MARKS = ("test_many_in_a_minute_are_a_burst_only_when_nobody_leaves",)
EXCLUSIONS = ("test_excluded_answers_count_no_more_until_taken_back_and_the_trail_tells",)
LINKS = ("test_these_links_are_one_article",)
MILESTONES = ("test_these_days_are_taken",)
MONEY = ("test_execution_is_paid_of_budget",)
AUDIT = ("test_a_change_outside_the_application_is_found",)
PAPER = ("test_a_pile_of_paper_is_counted_as_typed",)
RESULTS = ("test_results_are_what_was_answered_and_what_the_books_say",)

MUTANTS = (
    *of(
        "records",
        "class DatedRecord",
        SECOND_PERSON,
        (
            "what waits counts",
            "and_(cls.approved_at.is_not(None), cls.withdrawn_at.is_(None))",
            "and_(cls.id.is_not(None), cls.withdrawn_at.is_(None))",
        ),
        (
            "an edit stays approved",
            "(record.approved_at or now) if at_once else None",
            "record.approved_at or now",
        ),
    ),
    *of(
        "records",
        "def approvable_by(",
        SECOND_PERSON,
        ("people approve their own", "or_(~model.writers.contains(entry), ~", "or_("),
    ),
    *of(
        "records",
        "def writers_with(",
        SECOND_PERSON,
        ("only the last writer is known", "{writers or ','}{by_id},", ",{by_id},"),
    ),
    *of(
        "aggregation",
        "def printed_value(",
        ARITHMETIC,
        ("a key taken back counts", "if amount > 0)", "if amount >= 0)"),
        ("a key counts as often as it comes", "sums[row.key] += row.amount", "sums[row.key] += 1"),
        (
            "nothing to divide by is a hundred",
            "and not base:\n        return None",
            "and not base:\n        return Fraction(100)",
        ),
        ("a saving is what was spent", "else (base or 0) - amount", "else amount"),
        ("a share is rounded across its target", "WHOLE[:1]), *edges)", "WHOLE[:1]))"),
        ("a thousand for ten thousand", '"万": 10_000', '"万": 1_000'),
        ("a rate adds up no bases", "sum(row.base for row in rows) if", "len(rows) if"),
        ("a cost is in fen", "FEN * yuan_of_unit(unit)", "yuan_of_unit(unit)"),
        ("a unit cost is a total", "(base or 1) if kind.is_quotient", "1 if kind.is_quotient"),
    ),
    *of(
        "postings",
        "def project_scopes(",
        SCOPES + COSTS + CLOSING + ROLL_UP,
        (
            "records of children do not count",
            "child.parent_id == scopes.c.project_id",
            "child.parent_id == -scopes.c.project_id",
        ),
        ("rules of every year count", "Project.year == year", "Project.year <= year + 1"),
        (
            "online heads always count",
            "case((rules.c.includes_online, facts.c[measure.aggregation.online]), else_=0)",
            "facts.c[measure.aggregation.online]",
        ),
        ("kinds of activity do not limit", "rules.c.limits_kinds == false()", "rules.c.limits_kinds != None"),
        ("kinds of venue do not limit", "rules.c.limits_venues == false()", "rules.c.limits_venues != None"),
        ("forms do not limit", "rules.c.limits_forms == false()", "rules.c.limits_forms != None"),
        (
            "districts do not limit",
            "rules.c.limits_districts == false()",
            "rules.c.limits_districts != None",
        ),
        (
            "an activity's words decide before it is approved",
            "Activity.id == facts.c.attached_to, HELD",
            "Activity.id == facts.c.attached_to",
        ),
        (
            "an audience group counts everybody",
            "(rules.c.audience_group == label,",
            "(rules.c.audience_group == label + label,",
        ),
        (
            "kinds of expense do not limit",
            "rules.c.limits_expenses == false()",
            "rules.c.limits_expenses != None",
        ),
        (
            "reposts always count",
            "or_(rules.c.includes_reposts, facts.c.is_repost == false())",
            "facts.c.is_repost.is_not(None)",
        ),
        (
            "a typed figure counts for every indicator",
            "conditions.append(facts.c.indicator_id == rules.c.indicator_id)",
            "pass",
        ),
    ),
    *of(
        "postings",
        "def expense_facts(",
        EXPENSE_FACTS + ROLL_UP,
        ("withdrawn expenses count", "Expense.is_counted", "Expense.id.is_not(None)"),
        (
            "planned and paid are swapped",
            "        Expense.planned_fen,\n        Expense.paid_fen,",
            '        Expense.paid_fen.label("planned_fen"),\n        Expense.planned_fen.label("paid_fen"),',
        ),
    ),
    *of(
        "postings",
        "def activity_facts(",
        ACTIVITY_FACTS + ROLL_UP,
        (
            "unapproved activities count",
            "HELD = likely(Activity.status == Status.APPROVED)",
            "HELD = Activity.held_on.is_not(None)",
        ),
        (
            "the planned day itself is late",
            "Activity.held_on <= Activity.planned_on",
            "Activity.held_on < Activity.planned_on",
        ),
        ("a cancelled plan is due", ", Activity.status != Status.WITHDRAWN)", ")"),
    ),
    *of(
        "postings",
        "def push_facts(",
        PUSH_FACTS + ROLL_UP,
        (
            "an article of a withdrawn push is in time",
            "Push.activity_id == Activity.id, Push.is_counted, Push.published_on <= due_on",
            "Push.activity_id == Activity.id, Push.published_on <= due_on",
        ),
        ("four days to publish", "RELEASE_DAYS = 3", "RELEASE_DAYS = 4"),
    ),
    *of(
        "postings",
        "def due_milestone_facts(",
        DUE_FACTS + ROLL_UP,
        (
            "a milestone done on its day is late",
            "Milestone.done_on <= Milestone.due_on",
            "Milestone.done_on < Milestone.due_on",
        ),
        (
            "a milestone counts on the day it is due",
            "fact_columns(MILESTONE, Milestone.done_on)",
            "fact_columns(MILESTONE, Milestone.due_on)",
        ),
    ),
    *of(
        "closing",
        "def close_period(",
        AUDIT + CLOSING + ROLL_UP,
        (
            "a month can be closed on its last day",
            "period.last_day >= business_day(now)",
            "period.last_day > business_day(now)",
        ),
        ("a month is closed twice", "if session.get(Closing, period) is not None:", "if False:"),
        ("a month never rolled up is closed", "if not is_rolled_up(session, period):", "if False:"),
        (
            "earlier months stay open",
            "for month in rolled_up if month <= period)",
            "for month in rolled_up if month == period)",
        ),
        (
            "a revision has the number of the one before",
            "_revisions(session, month) + 1",
            "max(_revisions(session, month), 1)",
        ),
        ("the old revision is not kept", "_copy_revision(session, month, closing.revision)", "pass"),
        ("a reopening needs no reason", "if not reason.strip():", "if False:"),
        ("a reopening has no longest time", "now < until <= now + LONGEST_REOPENING", "now < until"),
        (
            "later months stay closed",
            "months = closed_months(session, period, Period(period.year, 12))",
            "months = closed_months(session, period, period)",
        ),
        (
            "what was entered since the last roll-up is not closed",
            "rolled_up = roll_up(session, period, now=now)",
            "rolled_up = open_months(session, period.first_of_year, period)",
        ),
        (
            "the digest leaves out the figures",
            "for rows, names in ((postings, _POSTED), (actuals, _FIGURES)):",
            "for rows, names in ((postings, _POSTED),):",
        ),
        ("the digest leaves out the amounts", '"occurred_on", "amount", "base")', '"occurred_on", "base")'),
    ),
    *of(
        "status",
        "def money_floor(",
        STATUS,
        ("exactly the target is not reached", '"≥": ge', '"≥": gt'),
        ("a limit may be passed", '"<": lt}', '"<": le}'),
        ("a tolerance widens nothing", "<= Fraction(tolerance)", "<= 0"),
        (
            "a bound belongs to the colour below",
            "tenths < ON_PLAN_FROM",
            "tenths <= ON_PLAN_FROM",
        ),
        ("far ahead from ten per cent", "6, 8, 12", "6, 8, 11"),
        ("a year ends green below its target", "if month < MONTHS or is_inside:", "if True:"),
        (
            "a percentage is owed by the month",
            "if is_percentage:\n        return target, Decimal(1)",
            "if is_percentage:\n        return target * month, Decimal(MONTHS)",
        ),
        ("the plan is not asked", "if planned is None or planned.whole <= 0:", "if True:"),
        ("the last month has months left", "or month >= MONTHS", "or month > MONTHS"),
        ("a third more is not too much", 'OVERSHOOT = Decimal("0.3")', 'OVERSHOOT = Decimal("0.4")'),
        ("money is late a month too late", "if month >= first_month", "if month > first_month"),
    ),
    *of(
        "status",
        "def grade_of_rate(",
        GRADES,
        ("nine in ten is partly", "if rate >= 90:", "if rate > 90:"),
        ("three forms are enough", "if forms >= 4:", "if forms >= 3:"),
        ("any ratio above the band", "if not low <= ratio <= high:", "if not low <= ratio:"),
    ),
    *of(
        "status",
        "def split_equally(",
        WEIGHTS,
        ("the residue of a split is lost", "total - each * (count - 1)]", "each]"),
    ),
    *of(
        "answers",
        "def survey_window(",
        EXCLUSIONS + SURVEYS + ROLL_UP,
        ("neutral is satisfied", "SATISFIED_FROM = 4", "SATISFIED_FROM = 3"),
        ("the window's end takes answers", "if now >= closes_at:", "if now > closes_at:"),
        ("a cancelled activity asks", "if activity.status == Status.WITHDRAWN:", "if False:"),
        ("a device is known at other activities", 'f"{activity_id}:{token}"', 'f"{token}"'),
        ("a window lasts a day less", "hours_after: int = 48", "hours_after: int = 24"),
    ),
    *of(
        "answers",
        "def response_facts(",
        SURVEY_FACTS + EXCLUSIONS + PAPER + ROLL_UP,
        (
            "excluded answers count",
            "IS_COUNTED = Response.exclusion_id.is_(None)",
            "IS_COUNTED = Response.id.is_not(None)",
        ),
        (
            "withdrawn paper counts",
            "PaperTally.is_counted",
            "PaperTally.id.is_not(None)",
        ),
    ),
    *of(
        "answers",
        "def is_fast(",
        WAYS_IN,
        (
            "three seconds are fast",
            "submitted_at - served_at < FASTEST",
            "submitted_at - served_at <= FASTEST",
        ),
    ),
    *of(
        "answers",
        "def leaving_hours(",
        MARKS,
        (
            "a kiosk is suspicious",
            "| AnswerFlag.NO_CODE",
            "| AnswerFlag.NO_CODE | AnswerFlag.KIOSK",
        ),
        ("nine answers are a burst", "BURST = 10", "BURST = 9"),
    ),
    *of(
        "answers",
        "def wilson(",
        STATISTICS + RESULTS,
        ("the best grade alone is satisfied", "SATISFIED_GRADES = 2", "SATISFIED_GRADES = 1"),
        ("the interval is of ninety per cent", "Z_95 = 1.959963984540054", "Z_95 = 1.645"),
        ("a group of four is shown", "FEWEST_SHOWN = 5", "FEWEST_SHOWN = 4"),
        ("a single small group can be subtracted", "if len(some) - len(shown) == 1 and shown:", "if False:"),
        ("an index of five", "mean / HIGHEST_GRADE", "mean / 4"),
    ),
    *of(
        "records",
        "def normalised_link(",
        LINKS,
        ("who shared an article makes it another", "if pair if not _TRACKING.fullmatch(pair)", "if pair"),
        ("a host in capitals is another", ", host.lower())", ", host)"),
        ("two links are one", "if len(found) > 1:", "if len(found) > 2:"),
    ),
    *of(
        "records",
        "def milestone_state(",
        MILESTONES,
        ("the due day is overdue", "due_on < today", "due_on <= today"),
        (
            "done on the day is late",
            "MilestoneState.ON_TIME if done_on <= due_on",
            "MilestoneState.ON_TIME if done_on < due_on",
        ),
    ),
    *of(
        "records",
        "def saving_rate(",
        MONEY,
        (
            "what was paid beyond the plan is saved",
            "planned_fen - paid_fen, planned_fen",
            "abs(planned_fen - paid_fen), planned_fen",
        ),
    ),
)
