"""Puts a random office into a database, row by row."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityDistrict, ActivityKind
from activitylog.activities.rules import Status
from activitylog.core.database import Base
from activitylog.expenses.models import Expense
from activitylog.indicators.models import ManualEntry, Rule
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Indicator, Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.surveys.models import PaperTally, Response
from tests.rollup.worlds import KINDS, PROJECTS, YEAR, ActivityRow, PushRow, ReportRow, RuleRow, World

NOW = datetime(2025, 1, 2, tzinfo=UTC)
DECLARED = datetime(2023, 12, 1, tzinfo=UTC)


class Office:
    """A world's rows in a database, with the ids they got."""

    def __init__(self, session: Session, world: World) -> None:
        self.session, self.world = session, world
        self.projects = {name: self._project(name) for name in PROJECTS}
        for name, parent in PROJECTS.items():
            self.projects[name].parent = self.projects.get(parent or "")
        self.kinds = {name: ActivityKind(name=name) for name in KINDS}
        session.add_all(self.kinds.values())
        self.indicators = [self._indicator(number, rule) for number, rule in enumerate(world.rules)]
        session.flush()
        for indicator, rule in zip(self.indicators, world.rules, strict=True):
            self._set_rule(indicator, rule)
        self.activities = [self.add_activity(row) for row in world.activities]
        session.flush()
        self._store_records()
        session.flush()

    def _project(self, name: str) -> Project:
        project = Project(year=YEAR, name=name, position=len(name), budget_fen=0, created_at=DECLARED)
        self.session.add(project)
        return project

    def _indicator(self, number: int, rule: RuleRow) -> Indicator:
        indicator = Indicator(
            project=self.projects[rule.project],
            position=number,
            level1="产出指标",
            level2="数量指标",
            name=f"指标{number}",
            operator="≥" if rule.measure else "",
            target=Decimal(10) if rule.measure else None,
        )
        self.session.add(indicator)
        return indicator

    def add_activity(self, row: ActivityRow) -> Activity:
        number = f"T-{self.session.scalar(select(Activity.id).order_by(Activity.id.desc()).limit(1)) or 0}"
        activity = Activity(number=number, title="活动", created_at=NOW, status=Status.PLANNED)
        self.rewrite(activity, row)
        self.session.add(activity)
        self.session.flush()
        self._answer(activity, row)
        return activity

    def rewrite(self, activity: Activity, row: ActivityRow) -> None:
        activity.project = self.projects[row.project]
        activity.status = Status(row.status)
        activity.kinds = [self.kinds[kind] for kind in row.kinds]
        activity.form, activity.venue_kind = row.form, row.venue_kind
        known = {place.district: place for place in activity.districts}
        activity.districts = [known.get(code) or ActivityDistrict(district=code) for code in row.districts]
        for position, place in enumerate(activity.districts):
            place.position = position
        activity.planned_on, activity.held_on = row.planned_on, row.held_on
        activity.audience_onsite, activity.audience_online = row.onsite, row.online
        activity.audience_young, activity.audience_elderly = row.audience_young, row.audience_elderly
        activity.quality_met, activity.updated_at = row.quality, NOW

    def _answer(self, activity: Activity, row: ActivityRow) -> None:
        for number, overall in enumerate(row.answers):
            self.session.add(
                Response(
                    activity_id=activity.id,
                    nonce=f"{number}",
                    overall=overall,
                    questionnaire="default-1",
                    submitted_at=NOW,
                )
            )
        if row.tally is not None:
            names = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")
            counts = dict(zip(names, row.tally, strict=True))
            self.session.add(
                PaperTally(
                    activity_id=activity.id,
                    recorded_on=NOW.date(),
                    created_at=NOW,
                    approved_at=NOW if row.is_tally_approved else None,
                    **counts,
                )
            )

    def _activity_id(self, number: int | None) -> int | None:
        return None if number is None else self.activities[number].id

    def _store_records(self) -> None:
        world = self.world
        pushes = (self._article(Push, row, article_key=f"article {row.article}") for row in world.pushes)
        reports = (self._article(MediaReport, row, item_key=f"item {row.item}") for row in world.reports)
        milestones = (self._record(Milestone, row, name="事项") for row in world.milestones)
        expenses = (
            self._record(Expense, row, summary="支出", activity_id=self._activity_id(row.activity))
            for row in world.expenses
        )
        manual = (
            _filled(
                ManualEntry,
                row,
                indicator_id=self.indicators[row.indicator].id,
                reason="补记",
                evidence="会议纪要",
            )
            for row in world.manual
        )
        self.session.add_all([*pushes, *reports, *milestones, *expenses, *manual])

    def _article(self, model: type[Base], row: PushRow | ReportRow, **others: Any) -> Base:
        return self._record(model, row, activity_id=self._activity_id(row.activity), **others)

    def _record(self, model: type[Base], row: Any, **others: Any) -> Base:
        return _filled(model, row, project_id=self.projects[row.project].id, **others)

    def change_rule(self, number: int, rule: RuleRow) -> None:
        self.world.rules[number] = rule
        indicator = self.indicators[number]
        if rule.measure is None:
            self.session.get_one(Rule, indicator.id).measure = None
        else:
            self._set_rule(indicator, rule)

    def _set_rule(self, indicator: Indicator, rule: RuleRow) -> None:
        """Both ways of counting satisfaction stand side by side here, though a year of an office has one."""
        stored = set_rule(self.session, indicator, rule_details(rule), by=None, now=NOW)
        stored.measure = rule.measure


def _filled(model: type[Base], row: Any, **others: Any) -> Base:
    """A record with the values of the row that it has columns for."""
    own = {name: value for name, value in vars(row).items() if name in model.__table__.c}
    return model(created_at=NOW, approved_at=NOW if row.is_approved else None, **own, **others)


def rule_details(rule: RuleRow) -> RuleDetails:
    return RuleDetails(**{name: value for name, value in vars(rule).items() if name != "project"})
