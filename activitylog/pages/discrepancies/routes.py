"""The discrepancies between trail and database, closed with a reason; the check behind a button."""

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.audit.discrepancies.operations import close_discrepancies
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import Refused
from activitylog.pages.discrepancies.forms import SettlementForm
from activitylog.pages.discrepancies.operations import is_checking, start_check
from activitylog.pages.discrepancies.page import discrepancy_page
from activitylog.settings import Settings
from activitylog.web.requests import current_settings

blueprint = Blueprint("discrepancies", __name__, url_prefix="/audit")


@blueprint.get("/discrepancies")
@needs(Permission.AUDIT)
def index() -> ResponseReturnValue:
    """What differs and waits for a person, and what was closed last."""
    return _page(SettlementForm(formdata=None))


@blueprint.post("/discrepancies")
@needs(Permission.SETTLE)
def close() -> ResponseReturnValue:
    """Close the chosen ones with a reason."""
    session, form = db.session(), SettlementForm()
    if not form.validate():
        return _page(form), 422
    try:
        count = close_discrepancies(session, form.ids, reason=form.reason.data, now=utc_now())
    except Refused as refusal:
        session.rollback()
        form.refuse(refusal)
        return _page(form), 422
    session.commit()
    flash(f"已处理 {count} 处不符，理由记入审计记录", "success")
    return redirect(url_for(".index"))


@blueprint.post("/check")
@needs(Permission.SETTLE)
def check() -> ResponseReturnValue:
    """Start a check; the page shows its result once it is done."""
    start: Callable[[Settings], None] = current_app.config.get("TRAIL_CHECK", start_check)
    start(current_settings())
    session = db.session()
    record_changes(session, Change("trail", None, "审计记录", "check_started"))
    session.commit()
    flash("已开始核对，过一会儿刷新本页看结果", "success")
    return redirect(url_for("audit.index"))


def _page(form: SettlementForm) -> str:
    page = discrepancy_page(
        db.session(), signed_in_user(), is_checking=is_checking(current_settings()), chosen=form.ids
    )
    return render_template("discrepancies/index.html", page=page, form=form)
