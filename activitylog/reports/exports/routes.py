"""Exports a project's month, and downloads stored exports."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db, start_writing
from activitylog.core.period import Period, utc_now
from activitylog.files.letterhead import under_letterhead
from activitylog.files.routes import file_store, send_stored
from activitylog.projects.queries import visible_project
from activitylog.reports.exports.operations import MOST_ROWS_ON_A_PAGE, export_project, store_export
from activitylog.reports.exports.queries import visible_export
from activitylog.web.requests import bounded_int, current_settings, takes_files

blueprint = Blueprint("exports", __name__, url_prefix="/periods")


@blueprint.post("/<period>/exports")
@needs(Permission.REVIEW)
@takes_files(largest=0)
def make(period: str) -> ResponseReturnValue:
    """Write a project's month to a workbook and store it."""
    session, user, month, now = db.session(), signed_in_user(), Period.parse(period), utc_now()
    project = visible_project(session, user, request.form.get("project_id", 0, type=bounded_int))
    with file_store().intake() as files, under_letterhead(current_settings()):
        exported = export_project(session, files, project, month, by=user, now=now, most=MOST_ROWS_ON_A_PAGE)
        project_id = project.id
        start_writing(session)
        store_export(session, exported, project_id, month, by=signed_in_user(), now=now)
        session.commit()
    flash(f"已导出“{exported.name}”，在下面“导出的账目”里下载。", "success")
    return redirect(url_for("periods.show", period=month) + "#exports")


@blueprint.get("/exports/<int:export_id>")
@needs(Permission.READ)
def download(export_id: int) -> Response:
    """A workbook as it was exported."""
    export = visible_export(db.session(), signed_in_user(), export_id)
    return send_stored(export.file, name=export.name)
