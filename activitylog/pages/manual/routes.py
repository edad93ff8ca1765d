"""Manual entries of an indicator: list, add, withdraw, restore."""

from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.indicators.figure_text import record_unit, target_text
from activitylog.indicators.manual import operations, queries
from activitylog.indicators.manual.forms import ManualEntryForm
from activitylog.indicators.models import ManualEntry
from activitylog.indicators.queries import visible_indicator
from activitylog.projects.models import Indicator
from activitylog.web import records
from activitylog.web.records import RecordHome, RecordPages

blueprint = Blueprint("manual", __name__)


def _list_address(entry: ManualEntry) -> str:
    return url_for(".of_indicator", indicator_id=entry.indicator_id)


ENTRIES = RecordPages(
    ManualEntry,
    add_label="填报一条",
    path="/entries",
    home=_list_address,
    days=lambda entry: (entry.entered_on,),
    added="已填报。",
    repeated="同样的一条刚刚已填报，没有重复添加；确有两条的，请在说明中写明区别。",
    macros="indicators/entry.html",
)


@blueprint.get("/indicators/<int:indicator_id>/entries")
@needs(Permission.READ)
def of_indicator(indicator_id: int) -> ResponseReturnValue:
    """The entries, and the form for one more."""
    indicator = visible_indicator(db.session(), signed_in_user(), indicator_id)
    return _list(indicator, _new_form(indicator))


@blueprint.post("/indicators/<int:indicator_id>/entries")
@needs(Permission.EDIT_RULES)
def add(indicator_id: int) -> ResponseReturnValue:
    """Add an entry."""
    indicator = visible_indicator(db.session(), signed_in_user(), indicator_id)
    form = _new_form(indicator)

    def add_entry() -> ManualEntry:
        details = {name: form[name].data for name in ("amount", "entered_on", "reason", "evidence")}
        return operations.add_entry(db.session(), indicator, by=signed_in_user(), now=utc_now(), **details)

    return records.add_and_return(ENTRIES, form, add_entry, lambda: _list(indicator, form))


def _entry(entry_id: int) -> ManualEntry:
    return queries.visible_manual_entry(db.session(), signed_in_user(), entry_id)


def _indicator_of(entry: ManualEntry) -> dict[str, Any]:
    indicator = db.session().get_one(Indicator, entry.indicator_id)
    return {"indicator": indicator, "unit": record_unit(indicator.unit)}


records.register_withdrawal(
    blueprint,
    ENTRIES,
    _entry,
    number="entry_id",
    guard=needs(Permission.EDIT_RULES),
    context=_indicator_of,
)


def _new_form(indicator: Indicator) -> ManualEntryForm:
    today = business_day(utc_now())
    return ManualEntryForm(entered_on=today if today.year == indicator.project.year else None)


def _list(indicator: Indicator, form: ManualEntryForm) -> ResponseReturnValue:
    session = db.session()
    counted, withdrawn = queries.entries_of(session, indicator)
    page_of_indicator = url_for("indicators.show", indicator_id=indicator.id)
    return records.list_page(
        ENTRIES,
        form,
        RecordHome(indicator.name, page_of_indicator, indicator.project),
        indicator=indicator,
        entries=counted,
        withdrawn=withdrawn,
        authors=queries.authors_of(session, [*counted, *withdrawn]),
        total=sum(entry.amount for entry in counted if entry.is_counted),
        unit=record_unit(indicator.unit),
        target_text=target_text(indicator),
        is_manual=operations.is_manual(session, indicator),
    )
