"""Audited pushes and media reports."""

from activitylog.activities.audited import ACTIVITY, activity_id_of
from activitylog.audit.registry import WITHDRAWN, Audited, Field, withdrawn
from activitylog.projects.audited import PROJECT, own_project
from activitylog.publicity.models import MediaReport, Push

AUDITED = (
    Audited(
        Push,
        "push",
        "公众号推送",
        {
            "project_id": PROJECT,
            "activity_id": ACTIVITY,
            "title": Field("标题"),
            "link": Field("链接"),
            "batch": Field("批次"),
            "published_at": Field("发布时间"),
            "published_on": Field("发布日期"),
            **WITHDRAWN,
        },
        name=lambda record: record.title or record.link,
        project_id=own_project,
        activity_id=activity_id_of,
        edit_verb=withdrawn,
    ),
    Audited(
        MediaReport,
        "report",
        "媒体报道",
        {
            "project_id": PROJECT,
            "activity_id": ACTIVITY,
            "title": Field("标题"),
            "outlet": Field("媒体"),
            "link": Field("链接"),
            "published_on": Field("发布日期"),
            "is_repost": Field("转载"),
            **WITHDRAWN,
        },
        name=lambda record: record.title or record.link,
        project_id=own_project,
        activity_id=activity_id_of,
        edit_verb=withdrawn,
    ),
)
