"""The audit trail's page: who changed what, when, and from where."""

from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.audit.queries import all_entries_found, entries_found
from activitylog.core.database import db
from activitylog.core.spreadsheets import ListColumn
from activitylog.core.text.words import read_number_of_record
from activitylog.files.routes import send_list
from activitylog.pages.discrepancies.operations import is_checking
from activitylog.pages.discrepancies.page import trail_state
from activitylog.pages.trail.forms import TrailFilterForm
from activitylog.pages.trail.page import ChangedField, TrailLine, TrailPage, trail_days, trail_lines
from activitylog.projects.queries import visible_projects
from activitylog.web.requests import bounded_int, current_settings, wants_workbook

blueprint = Blueprint("audit", __name__)


def _change(field: ChangedField) -> str:
    """One changed field as text: 现场人数：60 → 90."""
    values = (value for value in (field.before, field.after) if value is not None)
    return f"{field.label}：{' → '.join(values)}"


EXPORTED: tuple[ListColumn[TrailLine], ...] = (
    ListColumn("序号", lambda line: line.entry.id, 10),
    ListColumn("时间", lambda line: line.entry.at, 18),
    ListColumn("人员", lambda line: line.entry.who),
    ListColumn("办理", lambda line: line.verb),
    ListColumn("类别", lambda line: line.kind),
    ListColumn("名称", lambda line: line.name, 40),
    ListColumn("项目", lambda line: line.project, 24),
    ListColumn("内容", lambda line: "；".join(map(_change, line.fields)), 60),
    ListColumn("来自", lambda line: line.entry.origin, 18),
    ListColumn("示例", lambda line: "是" if line.entry.is_sample else "", 8),
)


@blueprint.get("/audit")
@needs(Permission.AUDIT)
def index() -> ResponseReturnValue:
    """The entries, newest first, filtered by the address; or all of them as a workbook."""
    session = db.session()
    form = TrailFilterForm(request.args)
    form.offer(
        people=session.scalars(select(User.name).order_by(User.id)).all(),
        projects=visible_projects(session, signed_in_user()),
    )
    form.validate()
    activity_id = session.scalar(
        select(Activity.id).where(Activity.number.in_({form.text, read_number_of_record(form.text)}))
    )
    if wants_workbook():
        batches = all_entries_found(session, form.filters(activity_id))
        lines = (line for entries in batches for line in trail_lines(session, entries))
        return send_list("审计记录", EXPORTED, lines)
    before = request.args.get("before", type=bounded_int)
    found = entries_found(session, form.filters(activity_id), before=before)
    values = {name: request.args[name] for name in form.narrowed()}
    page = TrailPage(
        form=form,
        state=trail_state(session, is_checking=is_checking(current_settings())),
        days=trail_days(trail_lines(session, found.entries)),
        is_cut=found.is_cut,
        is_first=before is None,
        narrowed=[(text, _address(values, without=name)) for name, text in form.narrowed().items()],
        newest=_address(values),
        older=_address(values | {"before": str(found.older)}) if found.older else "",
    )
    return render_template("audit/index.html", page=page)


def _address(values: dict[str, str], *, without: str = "") -> str:
    return "?" + urlencode({name: value for name, value in values.items() if name != without})
