"""Random offices: projects, rules and the records of a year, as plain rows in the ledger's own terms."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from activitylog.indicators.measures import MEASURES

YEAR = 2024
UMBRELLA, CAFE, DELIVERY = "汇总项目", "咖啡馆", "资源配送项目"
PROJECTS = {UMBRELLA: None, CAFE: UMBRELLA, DELIVERY: UMBRELLA}
KINDS = ("下乡服务", "志愿服务", "资源配送")
VENUE_KINDS = ("村居", "学校")
MILESTONE_KINDS = ("制度", "科技小院")
FORMS = ("讲座", "展览", "")
EXPENSE_KINDS = ("劳务费", "场地费")
DISTRICTS = ("310101", "310104", "310115")
STATUSES = ("planned", "logged", "approved", "returned", "withdrawn")


@dataclass
class ActivityRow:
    project: str
    status: str
    kinds: tuple[str, ...]
    form: str
    venue_kind: str
    districts: tuple[str, ...]
    planned_on: date | None
    held_on: date | None
    onsite: int
    online: int
    quality: bool | None
    answers: tuple[int, ...]
    tally: tuple[int, int, int, int, int] | None
    excluded: frozenset[int] = frozenset()  # places of answers that a person has left out
    audience_young: int = 0
    audience_elderly: int = 0
    is_tally_approved: bool = True


@dataclass
class PushRow:
    project: str
    activity: int | None
    article: int
    batch: str
    published_on: date
    is_approved: bool = True


@dataclass
class ReportRow:
    project: str
    activity: int | None
    item: int
    is_repost: bool
    published_on: date
    is_approved: bool = True


@dataclass
class MilestoneRow:
    project: str
    kind: str
    due_on: date | None
    done_on: date | None
    is_approved: bool = True


@dataclass
class ExpenseRow:
    project: str
    activity: int | None
    expense_kind: str
    planned_fen: int
    paid_fen: int
    paid_on: date
    is_approved: bool = True


@dataclass
class ManualRow:
    indicator: int
    amount: int
    entered_on: date
    is_approved: bool = True


@dataclass
class RuleRow:
    project: str
    measure: str | None
    kinds: tuple[str, ...] = ()
    venue_kinds: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    expense_kinds: tuple[str, ...] = ()
    milestone_kind: str | None = None
    audience_group: str | None = None
    includes_online: bool = False
    includes_reposts: bool = False


@dataclass
class World:
    rules: list[RuleRow]
    activities: list[ActivityRow] = field(default_factory=list)
    pushes: list[PushRow] = field(default_factory=list)
    reports: list[ReportRow] = field(default_factory=list)
    milestones: list[MilestoneRow] = field(default_factory=list)
    expenses: list[ExpenseRow] = field(default_factory=list)
    manual: list[ManualRow] = field(default_factory=list)


# Around the edges of months and of the year, where reckonings go wrong.
days = st.one_of(
    st.dates(date(YEAR, 1, 1), date(YEAR, 12, 31)),
    st.sampled_from([date(YEAR, m, 1) - timedelta(days=d) for m in (2, 3, 7, 12) for d in (0, 1)]),
    st.sampled_from([date(YEAR - 1, 12, 31), date(YEAR + 1, 1, 1), date(YEAR, 12, 29), date(YEAR, 2, 29)]),
)
children = st.sampled_from([CAFE, DELIVERY, DELIVERY, UMBRELLA])
approvals = st.sampled_from((True, True, True, False))
subsets = st.lists(st.sampled_from(KINDS), unique=True, max_size=2).map(tuple)


@st.composite
def activity_rows(draw: st.DrawFn) -> ActivityRow:
    status = draw(st.sampled_from((*STATUSES, "approved", "approved")))
    held_on = draw(days if status in {"logged", "approved"} else st.none() | days)
    planned_on = draw(days if held_on is None else st.none() | days)
    onsite, online = draw(st.integers(0, 500)), draw(st.integers(0, 500))
    return ActivityRow(
        project=draw(children),
        status=status,
        kinds=draw(subsets),
        form=draw(st.sampled_from(FORMS)),
        venue_kind=draw(st.sampled_from((*VENUE_KINDS, ""))),
        districts=draw(st.lists(st.sampled_from(DISTRICTS), unique=True, max_size=3).map(tuple)),
        planned_on=planned_on,
        held_on=held_on,
        onsite=onsite,
        online=online,
        audience_young=draw(st.integers(0, (onsite + online) // 2)),
        audience_elderly=draw(st.integers(0, (onsite + online) // 2)),
        quality=draw(st.sampled_from((True, True, False, None))),
        answers=draw(st.lists(st.integers(1, 5), max_size=4).map(tuple)),
        tally=draw(st.none() | st.tuples(*[st.integers(0, 9)] * 5)),
        is_tally_approved=draw(approvals),
    )


@st.composite
def rule_rows(draw: st.DrawFn) -> RuleRow:
    return RuleRow(
        project=draw(st.sampled_from(tuple(PROJECTS))),
        measure=draw(st.sampled_from([measure.key for measure in MEASURES] + [None])),
        kinds=draw(st.just(()) | subsets),
        venue_kinds=draw(st.just(()) | st.sampled_from([(kind,) for kind in VENUE_KINDS])),
        forms=draw(st.just(()) | st.sampled_from([("讲座",), ("展览", "志愿服务")])),
        districts=draw(st.just(()) | st.sampled_from([DISTRICTS[:1], DISTRICTS[1:]])),
        expense_kinds=draw(st.just(()) | st.sampled_from([(kind,) for kind in EXPENSE_KINDS])),
        milestone_kind=draw(st.none() | st.sampled_from(MILESTONE_KINDS)),
        audience_group=draw(st.sampled_from((None, "青少年", "老年人"))),
        includes_online=draw(st.booleans()),
        includes_reposts=draw(st.booleans()),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Every measure over the umbrella, some random rules, and up to a few dozen records."""
    plain = [RuleRow(UMBRELLA, measure.key) for measure in MEASURES]
    world = World(rules=plain + draw(st.lists(rule_rows(), min_size=3, max_size=8)))
    world.activities = draw(st.lists(activity_rows(), max_size=12))
    some_activity = st.none() | st.integers(0, max(0, len(world.activities) - 1))
    if not world.activities:
        some_activity = st.none()
    small, batches = st.integers(0, 5), st.sampled_from(("", "第1期", "第2期"))
    world.pushes = draw(
        st.lists(st.builds(PushRow, children, some_activity, small, batches, days, approvals), max_size=10)
    )
    world.reports = draw(
        st.lists(
            st.builds(ReportRow, children, some_activity, small, st.booleans(), days, approvals), max_size=6
        )
    )
    due_and_done = st.tuples(st.none() | days, st.none() | days).filter(any)
    world.milestones = [
        MilestoneRow(project, kind, due_on, done_on, is_approved)
        for project, kind, (due_on, done_on), is_approved in draw(
            st.lists(
                st.tuples(children, st.sampled_from(MILESTONE_KINDS), due_and_done, approvals), max_size=6
            )
        )
    ]
    fen = st.integers(0, 500_000)
    kinds = st.sampled_from(("", *EXPENSE_KINDS))
    expenses = st.builds(ExpenseRow, children, some_activity, kinds, fen, fen, days, approvals)
    world.expenses = draw(st.lists(expenses, max_size=5))
    indicators = st.integers(0, len(world.rules) - 1)
    manual = st.builds(ManualRow, indicators, st.integers(-20, 50), days, approvals)
    world.manual = draw(st.lists(manual, max_size=3))
    return world
