"""An independent reckoning in plain Python, written from the table of what a measure counts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.rollup.worlds import PROJECTS, YEAR, ActivityRow, ExpenseRow, PushRow, RuleRow, World

Figure = tuple[int, int | None]
EDGES = (0, 10)  # of what is printed: nothing, and the target of every indicator of these worlds
PERCENTAGES = {
    "quality_rate",
    "activities_on_time",
    "releases_on_time",
    "satisfaction",
    "satisfaction_index",
    "milestones_on_time",
    "everything_on_time",
}


def reckon(world: World, indicator: int, last_day: date) -> Figure | None:
    """(amount, base) of an indicator from everything dated up to `last_day`; base None for counts."""
    rule = world.rules[indicator]
    if rule.measure is None:
        return None
    world = _approved(world)
    if rule.measure == "manual":
        rows = (row for row in world.manual if row.indicator == indicator and row.entered_on <= last_day)
        return sum(row.amount for row in rows), None
    return RECKONINGS[rule.measure](_Scope(world, rule), last_day)


def _approved(world: World) -> World:
    """The world without the records that nobody has approved."""
    kinds = ("pushes", "reports", "milestones", "expenses", "manual")
    return replace(
        world, **{kind: [row for row in getattr(world, kind) if row.is_approved] for kind in kinds}
    )


def value(measure: str, figure: Figure) -> str | None:
    """The figure as it is printed: counts whole, percentages with two decimals, None over nothing."""
    amount, base = figure
    if measure == "total_cost":
        return _hundredths(Fraction(amount, 100), EDGES)
    if measure not in PERCENTAGES | {"cost_saving", "cost_per_activity", "cost_per_head"}:
        return str(amount)
    if not base:
        return None
    if measure.startswith("cost_per_"):
        return _hundredths(Fraction(amount, 100 * base), EDGES)
    part = base - amount if measure == "cost_saving" else amount
    return _hundredths(Fraction(100 * part, base), (*EDGES, 100))


def _hundredths(figure: Fraction, edges: Iterable[int]) -> str:
    """Half up, but on the side of every edge where the exact figure is."""
    exact = Decimal(figure.numerator) / Decimal(figure.denominator)
    printed = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    for edge in edges:
        if printed == edge != figure:
            printed = exact.quantize(Decimal("0.01"), ROUND_FLOOR if figure < edge else ROUND_CEILING)
    return str(printed)


def _counted_on(day: date) -> date:
    """What tells in January of a December's activity counts on the year's last day."""
    return min(day, date(YEAR, 12, 31))


def _sending(row: PushRow) -> object:
    return (row.project, f"{row.published_on:%Y-%m}", row.batch) if row.batch else row.published_on


class _Scope:
    """The records of a rule's project and of the projects under it."""

    def __init__(self, world: World, rule: RuleRow) -> None:
        self.world, self.rule = world, rule
        self.projects = {name for name, parent in PROJECTS.items() if rule.project in {name, parent}}

    def activities(self) -> Iterator[ActivityRow]:
        for row in self.world.activities:
            if row.project in self.projects and self.fits(row):
                yield row

    def held(self) -> Iterator[ActivityRow]:
        return (row for row in self.activities() if row.status == "approved")

    def fits_with(self, number: int | None) -> bool:
        """Whether a record passes the rule's filters by the activity it hangs on, which must be approved."""
        row, rule = self.hung_on(number), self.rule
        is_limited = rule.kinds or rule.venue_kinds or rule.forms or rule.districts
        return self.fits(row) and (not is_limited or row is None or row.status == "approved")

    def fits(self, row: ActivityRow | None) -> bool:
        """Whether an activity, or the one a record hangs on, passes the rule's filters."""
        if self.rule.kinds and (row is None or not set(row.kinds) & set(self.rule.kinds)):
            return False
        if self.rule.forms and (row is None or not {row.form, *row.kinds} & set(self.rule.forms)):
            return False
        if self.rule.districts and (row is None or not set(row.districts) & set(self.rule.districts)):
            return False
        return not self.rule.venue_kinds or (row is not None and row.venue_kind in self.rule.venue_kinds)

    def hung_on(self, number: int | None) -> ActivityRow | None:
        return None if number is None else self.world.activities[number]

    def expenses(self, last_day: date) -> Iterator[ExpenseRow]:
        for row in self.world.expenses:
            is_ours = row.project in self.projects and row.paid_on <= last_day
            is_of_kind = not self.rule.expense_kinds or row.expense_kind in self.rule.expense_kinds
            if is_ours and is_of_kind and self.fits_with(row.activity):
                yield row

    def pushes(self) -> Iterator[PushRow]:
        for row in self.world.pushes:
            if row.project in self.projects and self.fits_with(row.activity):
                yield row


def _share(pairs: Iterable[tuple[date, bool]], last_day: date) -> Figure:
    due = [is_good for day, is_good in pairs if day <= last_day]
    return sum(due), len(due)


def _activities_held(scope: _Scope, last_day: date) -> Figure:
    return sum(1 for row in scope.held() if row.held_on <= last_day), None


def _people_reached(scope: _Scope, last_day: date) -> Figure:
    rows = [row for row in scope.held() if row.held_on <= last_day]
    groups = {"青少年": "audience_young", "老年人": "audience_elderly"}
    if scope.rule.audience_group:
        return sum(getattr(row, groups[scope.rule.audience_group]) for row in rows), None
    return _heads(scope, rows), None


def _heads(scope: _Scope, rows: Iterable[ActivityRow]) -> int:
    return sum(row.onsite + (row.online if scope.rule.includes_online else 0) for row in rows)


def _districts(scope: _Scope, last_day: date) -> Figure:
    return len({place for row in scope.held() if row.held_on <= last_day for place in row.districts}), None


def _forms(scope: _Scope, last_day: date) -> Figure:
    return len({row.form for row in scope.held() if row.held_on <= last_day and row.form}), None


def _quality(scope: _Scope, last_day: date) -> Figure:
    return _share(((row.held_on, row.quality is True) for row in scope.held()), last_day)


def _planned(scope: _Scope) -> Iterator[tuple[date, bool]]:
    for row in scope.activities():
        if row.planned_on is not None and row.status != "withdrawn":
            yield row.planned_on, row.status == "approved" and row.held_on <= row.planned_on


def _released(scope: _Scope) -> Iterator[tuple[date, bool]]:
    for row in scope.held():
        due = row.held_on + timedelta(days=3)
        pushes = scope.world.pushes
        yield _counted_on(due), any(p.published_on <= due for p in pushes if scope.hung_on(p.activity) is row)


def _milestones(scope: _Scope) -> Iterator[tuple[date, bool]]:
    for row in scope.world.milestones:
        kinds = {scope.rule.milestone_kind} - {None} or {row.kind}
        if scope.rule.measure == "everything_on_time":
            kinds = {row.kind}
        if row.project in scope.projects and row.due_on is not None and row.kind in kinds:
            yield row.due_on, row.done_on is not None and row.done_on <= row.due_on


def _everything(scope: _Scope, last_day: date) -> Figure:
    # A rule that asks for activities of a kind finds none behind a milestone.
    rule = scope.rule
    filtered = rule.kinds or rule.venue_kinds or rule.forms or rule.districts
    milestones = [] if filtered else list(_milestones(scope))
    return _share([*_planned(scope), *_released(scope), *milestones], last_day)


def _milestones_on_time(scope: _Scope, last_day: date) -> Figure:
    return _share(_milestones(scope), last_day)


def _milestones_done(scope: _Scope, last_day: date) -> Figure:
    kind = scope.rule.milestone_kind
    return sum(
        1
        for row in scope.world.milestones
        if row.project in scope.projects and kind in {None, row.kind}
        if row.done_on is not None and row.done_on <= last_day
    ), None


def _pushes(scope: _Scope, last_day: date) -> Figure:
    return len({row.article for row in scope.pushes() if _counted_on(row.published_on) <= last_day}), None


def _batches(scope: _Scope, last_day: date) -> Figure:
    rows = [row for row in scope.pushes() if _counted_on(row.published_on) <= last_day]
    return len({_sending(row) for row in rows}), None


def _activities_pushed(scope: _Scope, last_day: date) -> Figure:
    pushed = {row.activity for row in scope.world.pushes if _counted_on(row.published_on) <= last_day}
    held = {id(row) for row in scope.held()}
    return sum(1 for number in pushed if number is not None and id(scope.hung_on(number)) in held), None


def _media(scope: _Scope, last_day: date) -> Figure:
    return len(
        {
            row.item
            for row in scope.world.reports
            if row.project in scope.projects and _counted_on(row.published_on) <= last_day
            if scope.fits_with(row.activity)
            if scope.rule.includes_reposts or not row.is_repost
        }
    ), None


def _grades(scope: _Scope, last_day: date) -> list[int]:
    """The grades of all valid answers, on screen and on paper."""
    grades: list[int] = []
    for row in scope.held():
        if row.held_on <= last_day:
            grades += [answer for place, answer in enumerate(row.answers) if place not in row.excluded]
            tally = (row.is_tally_approved and row.tally) or (0, 0, 0, 0, 0)
            grades += [5 - place for place, count in enumerate(tally) for _ in range(count)]
    return grades


def _satisfaction(scope: _Scope, last_day: date) -> Figure:
    grades = _grades(scope, last_day)
    return sum(grade >= 4 for grade in grades), len(grades)


def _satisfaction_index(scope: _Scope, last_day: date) -> Figure:
    grades = _grades(scope, last_day)
    return sum(grades), 5 * len(grades)


def _cost_saving(scope: _Scope, last_day: date) -> Figure:
    rows = list(scope.expenses(last_day))
    return sum(row.paid_fen for row in rows), sum(row.planned_fen for row in rows)


def _total_cost(scope: _Scope, last_day: date) -> Figure:
    return sum(row.paid_fen for row in scope.expenses(last_day)), None


def _cost_per_activity(scope: _Scope, last_day: date) -> Figure:
    return _total_cost(scope, last_day)[0], _activities_held(scope, last_day)[0]


def _cost_per_head(scope: _Scope, last_day: date) -> Figure:
    rows = [row for row in scope.held() if row.held_on <= last_day]
    return _total_cost(scope, last_day)[0], _heads(scope, rows)


RECKONINGS: dict[str, Callable[[_Scope, date], Figure]] = {
    "activities_held": _activities_held,
    "people_reached": _people_reached,
    "districts_covered": _districts,
    "forms_used": _forms,
    "quality_rate": _quality,
    "activities_on_time": lambda scope, day: _share(_planned(scope), day),
    "pushes": _pushes,
    "push_batches": _batches,
    "activities_pushed": _activities_pushed,
    "releases_on_time": lambda scope, day: _share(_released(scope), day),
    "media_reports": _media,
    "satisfaction": _satisfaction,
    "satisfaction_index": _satisfaction_index,
    "milestones_done": _milestones_done,
    "milestones_on_time": _milestones_on_time,
    "everything_on_time": _everything,
    "cost_saving": _cost_saving,
    "total_cost": _total_cost,
    "cost_per_activity": _cost_per_activity,
    "cost_per_head": _cost_per_head,
}
