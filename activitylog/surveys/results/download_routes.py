"""Downloads of all answers of an activity, or of a project's year."""

import io
import tempfile
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, send_file, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.errors import Refused
from activitylog.projects.queries import branch_of, visible_project
from activitylog.surveys.results.export import csv_pieces, export_answers
from activitylog.surveys.results.export_rows import answers_of

blueprint = Blueprint("downloads", __name__)
LARGEST_WORKBOOK = 50_000  # answers; a page should not keep a person waiting for longer


@blueprint.get("/activities/<no>/results.<any(csv, xlsx):ending>")
@needs(Permission.READ)
def of_activity(no: str, ending: str) -> ResponseReturnValue:
    activity = activity_by_number(db.session(), signed_in_user(), no)
    return _file(Activity.id == activity.id, f"{activity.number}问卷答卷", ending)


@blueprint.get("/projects/<int:project_id>/results.<any(csv, xlsx):ending>")
@needs(Permission.READ)
def of_project(project_id: int, ending: str) -> ResponseReturnValue:
    project = visible_project(db.session(), signed_in_user(), project_id)
    name = f"{project.year}{project.name}问卷答卷"
    return _file(Activity.project_id.in_(branch_of(project)), name, ending)


def _file(among: ColumnElement[bool], name: str, ending: str) -> Response:
    answers = answers_of(db.session(), among)
    if ending == "csv":
        response = Response(stream_with_context(csv_pieces(answers)), mimetype="text/csv")
    elif answers.total > LARGEST_WORKBOOK:
        raise Refused(
            f"答卷有 {answers.total:,} 份，网页上一次最多导出 {LARGEST_WORKBOOK:,} 份的 Excel 文件；"
            "请改下载 CSV 文件，或在服务器上运行 activitylog survey export。"
        )
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answers.xlsx"
            export_answers(answers, path)
            response = send_file(io.BytesIO(path.read_bytes()), mimetype=_XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.{ending}"
    response.cache_control.no_store = True
    return response


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
