"""The pages of a kind of dated record: list, new, edit, withdraw, restore.

A feature describes its kind in one `RecordPages` and keeps addresses and permissions in its own `routes.py`;
each view there ends in one of these functions. `templates/records/` lays the pages out by the kind's columns;
a kind that shows more has `macros` of its own: `fields(form)`, `rows()`, `summary(record)`, `may_write`,
`may_add`, and where needed `above_rows()`, `above_form()`, `instead_of_form()`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.core.records import (
    DatedRecord,
    ReviewedProject,
    edit_token,
    is_repeated,
    restore_record,
    withdraw_record,
)
from activitylog.errors import BadInput, Refused, StaleVersion
from activitylog.web.forms import BaseForm, ReasonForm

WAITS = "待审核，审核通过后计入。"
R = TypeVar("R", bound=DatedRecord)
View: TypeAlias = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column of a kind's list; `alignment` is day or num, as the cells of every table."""

    label: str
    text: Callable[[R], str]
    alignment: str = ""


@dataclass(frozen=True, slots=True)
class RecordPages(Generic[R]):
    """The texts, addresses and operations of one kind of record's pages."""

    model: type[R]
    add_label: str
    path: str  # /<id>/edit, /<id>/withdraw and /<id>/restore hang below it
    home: Callable[[R], str]  # the address where the record is listed
    days: Callable[[R], tuple[date | None, ...]]  # that decide in which months it counts
    heading: str = ""  # of the list, where it is not the record's own name
    columns: tuple[Column[R], ...] = ()  # of the list, the record's title first
    empty: str = ""  # what follows once there is a record
    added: str = ""  # the message once one is stored
    repeated: str = ""  # the message where a form was sent twice
    macros: str = "records/record.html"
    restore: Callable[..., None] = restore_record

    @property
    def thing(self) -> str:
        return self.model.thing

    @property
    def counter(self) -> str:
        return self.model.counter

    def address(self, record: R, step: str) -> str:
        return f"{self.path}/{record.id}/{step}"


@dataclass(frozen=True, slots=True)
class RecordHome:
    """The page the records belong to, by name and address, and their project."""

    name: str
    address: str
    project: ReviewedProject

    @property
    def year(self) -> int:
        return self.project.year


def list_page(kind: RecordPages[R], form: BaseForm, home: RecordHome, **context: Any) -> ResponseReturnValue:
    """The current and the withdrawn records, and the form for one more with its errors."""
    page = render_template("records/list.html", kind=kind, form=form, home=home, **context)
    return page, 422 if form.is_submitted() else 200


def new_page(kind: RecordPages[R], form: BaseForm, home: RecordHome) -> ResponseReturnValue:
    """The form for one more on a page of its own."""
    page = render_template("records/form.html", kind=kind, form=form, home=home, record=None)
    return page, 422 if form.is_submitted() else 200


def is_added(form: BaseForm, add: Callable[[], DatedRecord], *, added: str, repeated: str = "") -> bool:
    """Whether the form was valid and its record is stored; errors are shown on the form.

    A form sent twice stores nothing and flashes `repeated`, unless the operation itself refuses it.
    """
    if not form.validate_on_submit():
        return False
    try:
        record = add()
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    if repeated and is_repeated(db.session(), record):
        db.session.rollback()
        flash(repeated, "info")
    else:
        db.session.commit()
        flash(added + (WAITS if record.is_waiting else ""), "success")
    return True


def add_and_return(
    kind: RecordPages[R], form: BaseForm, add: Callable[[], R], shown: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue:
    """Store the record of a list's own form and return to the list; else show it with the form's errors."""
    if is_added(form, add, added=kind.added, repeated=kind.repeated):
        return redirect(f"{request.path}#main")
    return shown()


def edit_page(
    kind: RecordPages[R], record: R, form: BaseForm, edit: Callable[[], None], home: RecordHome
) -> ResponseReturnValue:
    """The form filled with the record; redirects to the list once saved."""
    if form.validate_on_submit() and _is_saved(form, record, edit):
        flash("已保存。" + (WAITS if record.is_waiting else ""), "success")
        return redirect(kind.home(record))
    page = render_template("records/form.html", kind=kind, form=form, home=home, record=record)
    return page, 422 if form.is_submitted() else 200


def _is_saved(form: BaseForm, record: DatedRecord, edit: Callable[[], None]) -> bool:
    try:
        edit()
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        if isinstance(refusal, StaleVersion):
            form["seen"].data = edit_token(record)
        return False
    db.session.commit()
    return True


def withdraw_page(kind: RecordPages[R], record: R, **context: Any) -> ResponseReturnValue:
    """The form for the reason; once sent, withdraw the record."""
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template("records/withdraw.html", kind=kind, form=form, record=record, **context)
        return page, 422 if form.is_submitted() else 200
    withdraw_record(db.session(), record, reason=form.reason.data, now=utc_now())
    db.session.commit()
    flash("已撤下，不再计入；以后可以恢复。", "success")
    return redirect(kind.home(record))


def restore_and_return(kind: RecordPages[R], record: R) -> ResponseReturnValue:
    """Restore the record and redirect to the list."""
    kind.restore(db.session(), record, by=current_user, now=utc_now())
    db.session.commit()
    flash(f"已恢复，{WAITS}" if record.is_waiting else "已恢复，重新计入。", "success")
    return redirect(kind.home(record))


def register_withdrawal(
    blueprint: Blueprint,
    kind: RecordPages[R],
    find: Callable[..., R],
    *,
    number: str,
    guard: Callable[[View], View],
    ending: str = "",
    context: Callable[[R], dict[str, Any]] = lambda _record: {},
) -> None:
    """Add the pages that withdraw and restore a record; `number` names its id, as `find` takes it."""

    def withdraw(**numbers: int) -> ResponseReturnValue:
        record = find(**numbers)
        return withdraw_page(kind, record, **context(record))

    def restore(**numbers: int) -> ResponseReturnValue:
        return restore_and_return(kind, find(**numbers))

    path = f"{kind.path}/<int:{number}>"
    blueprint.add_url_rule(f"{path}/withdraw", f"withdraw{ending}", guard(withdraw), methods=["GET", "POST"])
    blueprint.add_url_rule(f"{path}/restore", f"restore{ending}", guard(restore), methods=["POST"])
