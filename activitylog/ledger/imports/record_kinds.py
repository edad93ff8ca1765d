"""The kinds of records a ledger holds beside activities: what identifies them, what derives from a row."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from activitylog.activities.models import Activity
from activitylog.core.text.dates import Moment
from activitylog.core.text.words import one_line, read_name, read_word
from activitylog.expenses.models import Expense
from activitylog.ledger.columns import EXPENSES, MILESTONES, PUSHES, REPORTS, TALLIES, LedgerSheet
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.rules import article_key, item_key, push_title_key, report_title_key
from activitylog.surveys.models import PaperTally
from activitylog.surveys.rules import GRADE_FIELDS, NOTHING_TALLIED

Values = dict[str, Any]
Identity = tuple[Any, ...]


def _add_nothing(values: Values) -> None:
    """For kinds without derived values."""


def _no_fault(_values: Values) -> str:
    return ""


def _nothing_tallied(values: Values) -> str:
    return "" if any(values[grade] for grade in GRADE_FIELDS) else NOTHING_TALLIED


def _no_title_key(_values: Values) -> None:
    return None


def _push_title_key(values: Values) -> Hashable | None:
    key = push_title_key(values["title"], values["published_on"])
    return key and (values["project"], key)


def _report_title_key(values: Values) -> Hashable | None:
    key = report_title_key(values["title"], values["outlet"], values["published_on"])
    return key and (values["project"], key)


def _as_stored(values: Values) -> Values:
    return values


def _respelled_push(values: Values) -> Values:
    return values | {"article_key": article_key(values["link"], values["title"], values["published_on"])}


def _respelled_report(values: Values) -> Values:
    return values | {"item_key": item_key(values["link"], values["outlet"], values["title"])}


def _respelled_milestone(values: Values) -> Values:
    return values | {"kind": read_word(values["kind"]), "name": read_name(values["name"])}


def _respelled_expense(values: Values) -> Values:
    return values | {"summary": one_line(values["summary"])}


def _add_push_values(values: Values) -> None:
    values["published_on"], values["published_at"] = values.pop("published")
    values["article_key"] = article_key(values["link"], values["title"], values["published_on"])


def _push_cells(values: Values) -> Values:
    return values | {"published": Moment(values["published_on"], values["published_at"])}


def _add_report_values(values: Values) -> None:
    values["item_key"] = item_key(values["link"], values["outlet"], values["title"])


@dataclass(frozen=True)
class LedgerRecordKind:
    """One sheet's records; equal `identity` is the same record, whose `details` a row may rewrite.

    `respelled` gives what identifies a stored record, of whatever age, in the spelling rows are read in.
    Rows and records of one `title_key` and different identity may be the same article under two links.
    `ledger_cells` gives the values of the record's row. `days` are the fields that date it, the decisive one
    first; `fault` describes the problem of a whole row, "" when there is none; `project` and `activity` among
    the fields are the project's name and the activity's number. What `tells_of_december` and is dated in
    January may belong to last year's project. Of one that `is_single` there is one record of one identity.
    """

    sheet: LedgerSheet
    model: Any
    identity: tuple[str, ...]
    details: tuple[str, ...]
    days: tuple[str, ...]
    add_derived_values: Callable[[Values], None] = _add_nothing
    respelled: Callable[[Values], Values] = _as_stored
    title_key: Callable[[Values], Hashable | None] = _no_title_key
    fault: Callable[[Values], str] = _no_fault
    ledger_cells: Callable[[Values], Values] = _as_stored
    tells_of_december: bool = False
    is_single: bool = False

    @property
    def own_fields(self) -> tuple[str, ...]:
        """The fields that are columns of the record's table."""
        return tuple(name for name in (*self.identity, *self.details) if name not in {"project", "activity"})

    @cached_property
    def headed(self) -> frozenset[str]:
        """The fields that are columns of the sheet."""
        return frozenset(column.field for column in self.sheet.columns)

    @property
    def has_project(self) -> bool:
        return "project" in self.identity

    @property
    def has_activity(self) -> bool:
        return "activity" in self.identity

    @property
    def day(self) -> ColumnElement[date]:
        """The day a record is listed by."""
        days = [getattr(self.model, name) for name in self.days]
        return func.coalesce(*days) if len(days) > 1 else days[0]

    def decisive_day(self, values: Mapping[str, Any]) -> date:
        """The day by which a record or a row without a problem is dated."""
        day: date = next(values[name] for name in self.days if values[name] is not None)
        return day

    def identity_of(self, values: Mapping[str, Any]) -> Identity:
        """What makes two rows the same record; last year's undated milestone is not this year's."""
        return *(values.get(name) for name in self.identity), self.decisive_day(values).year

    def undated(self, identity: Identity) -> Identity:
        """The identity of a row that leaves the day due blank, which changes nothing of what is stored."""
        values = zip((*self.identity, "year"), identity, strict=True)
        return tuple(None if name == "due_on" else value for name, value in values)

    def stored_records(self) -> Select[Any]:
        """The records with their fields, the project's id and name, and the activity's number."""
        model = self.model
        statement = select(
            model.id,
            model.approved_at,
            model.approved_by_id,
            model.writers,
            model.created_at,
            model.withdrawn_at,
            *(getattr(model, name) for name in self.own_fields),
        ).select_from(model)
        if self.has_activity:
            statement = statement.outerjoin(Activity, Activity.id == model.activity_id)
            statement = statement.add_columns(
                Activity.number.label("activity"), Activity.project_id.label("activity_project_id")
            )
        owner = model if self.has_project else Activity
        statement = statement.join(Project, Project.id == owner.project_id)
        return statement.add_columns(Project.id.label("project_id"), Project.name.label("project"))


RECORD_KINDS = (
    LedgerRecordKind(
        PUSHES,
        Push,
        ("project", "activity", "article_key", "published_on"),
        ("title", "link", "batch", "published_at"),
        ("published_on",),
        _add_push_values,
        _respelled_push,
        _push_title_key,
        ledger_cells=_push_cells,
        tells_of_december=True,
    ),
    LedgerRecordKind(
        REPORTS,
        MediaReport,
        ("project", "activity", "item_key", "published_on"),
        ("title", "outlet", "link", "is_repost"),
        ("published_on",),
        _add_report_values,
        _respelled_report,
        _report_title_key,
        tells_of_december=True,
    ),
    LedgerRecordKind(
        MILESTONES,
        Milestone,
        ("project", "kind", "name", "due_on"),
        ("done_on",),
        ("due_on", "done_on"),
        respelled=_respelled_milestone,
        is_single=True,
    ),
    LedgerRecordKind(
        EXPENSES,
        Expense,
        ("project", "activity", "summary", "planned_fen", "paid_fen", "paid_on"),
        ("expense_kind",),
        ("paid_on",),
        respelled=_respelled_expense,
    ),
    LedgerRecordKind(
        TALLIES,
        PaperTally,
        (
            "activity",
            "very_satisfied",
            "satisfied",
            "neutral",
            "dissatisfied",
            "very_dissatisfied",
            "recorded_on",
        ),
        (),
        ("recorded_on",),
        fault=_nothing_tallied,
    ),
)
