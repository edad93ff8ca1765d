"""Audited exports of a closed month."""

from activitylog.audit.registry import Audited, Field, month
from activitylog.files.models import StoredFile
from activitylog.projects.audited import PROJECT, own_project
from activitylog.reports.exports.models import PeriodExport

AUDITED = (
    Audited(
        PeriodExport,
        "export",
        "账目导出",
        {
            "period": Field("月份", month),
            "revision": Field("版次"),
            "project_id": PROJECT,
            "name": Field("文件"),
            "file_id": Field("内容", refers_to=StoredFile.sha256),
        },
        name=lambda record: str(record.name),
        project_id=own_project,
        creation_verb=lambda _values: "exported",
    ),
)
