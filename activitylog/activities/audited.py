"""The audited tables of activities, photos, venues and kinds, and their entries' verbs."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityKind, Photo, Venue
from activitylog.activities.rules import AUDIENCE_GROUPS, STATUS_LABELS, Status
from activitylog.audit.registry import APPROVED_OR_WITHDRAWN, WITHDRAWN, Audited, Field, Values, withdrawn
from activitylog.core.districts import BY_CODE
from activitylog.files.models import StoredFile
from activitylog.projects.audited import PROJECT, own_project

ACTIVITY = Field("活动", refers_to=Activity.number)
STATUS = Field("状态", lambda value: STATUS_LABELS[Status(value)])


def project_of_activity(session: Session, record: Any) -> int | None:
    activity = session.get(Activity, record.activity_id)
    return activity.project_id if activity else None


def activity_id_of(record: Any) -> int | None:
    return None if record.activity_id is None else int(record.activity_id)


def district_name(code: str) -> str:
    return BY_CODE[code].name if code in BY_CODE else code


def people_text(value: Any) -> str:
    return f"{value:,} 人"


def activity_verb(before: Values, after: Values) -> str:
    if "status" not in after:
        return "edited"
    if after.get("is_exempt"):
        return "counted"
    if before["status"] == Status.WITHDRAWN:
        return "restored"
    return str(Status(after["status"]).value)


def venue_verb(_before: Values, after: Values) -> str:
    if "merged_into_id" not in after:
        return "edited"
    return "merged" if after["merged_into_id"] else "separated"


def audited_record(
    model: type[Any],
    kind: str,
    label: str,
    fields: Mapping[str, Field],
    *,
    name: Callable[[Any], str],
    edit_verb: Callable[[Values, Values], str] = withdrawn,
) -> Audited:
    """A kind of dated record of a project, which may hang on an activity."""
    hangs_on_activity = hasattr(model, "activity_id")
    owners = (
        {"project_id": PROJECT, "activity_id": ACTIVITY} if hangs_on_activity else {"project_id": PROJECT}
    )
    return Audited(
        model,
        kind,
        label,
        {**owners, **fields, **APPROVED_OR_WITHDRAWN},
        name=name,
        project_id=own_project,
        activity_id=activity_id_of if hangs_on_activity else lambda _record: None,
        edit_verb=edit_verb,
    )


AUDITED = (
    Audited(
        Activity,
        "activity",
        "活动",
        {
            "project_id": PROJECT,
            "title": Field("活动名称"),
            "kinds": Field("活动类型", items="name"),
            "form": Field("科普形式"),
            "venue_id": Field("场所", refers_to=Venue.name),
            "venue_kind": Field("场所类型"),
            "districts": Field("区", district_name, items="district", ordered_by="position"),
            "planned_on": Field("计划日期"),
            "held_on": Field("举办日期"),
            "start_time": Field("开始时间"),
            "audience_onsite": Field("现场人数", people_text),
            "audience_online": Field("线上人数", people_text),
            **{name: Field(label, people_text) for label, name in AUDIENCE_GROUPS.items()},
            "counting_method": Field("计数方式"),
            "speaker": Field("主讲"),
            "status": STATUS,
            "status_reason": Field("原因"),
            "is_exempt": Field("免审核"),
            "checks": Field("质量检查", items="item"),
            "quality_met": Field("质量达标"),
            "summary": Field("活动总结"),
            "note": Field("备注"),
        },
        name=lambda record: f"{record.number} {record.title}",
        project_id=own_project,
        activity_id=lambda record: int(record.id),
        creation_verb=lambda values: (
            "counted" if values.get("is_exempt") else str(Status(values["status"]).value)
        ),
        edit_verb=activity_verb,
    ),
    Audited(
        Photo,
        "photo",
        "照片",
        {
            "activity_id": ACTIVITY,
            "name": Field("文件名"),
            "position": Field("次序"),
            "original_sha256": Field("原文件校验值"),
            "file_id": Field("存下的文件", refers_to=StoredFile.sha256, is_newer=True),
            "taken_at": Field("拍摄时间"),
            "is_public": Field("可以公开"),
            "shows_minors": Field("能认出未成年人"),
            **WITHDRAWN,
        },
        name=lambda record: str(record.name),
        project_id=project_of_activity,
        activity_id=activity_id_of,
        edit_verb=withdrawn,
    ),
    Audited(
        Venue,
        "venue",
        "场所",
        {
            "name": Field("名称"),
            "district": Field("区", lambda code: district_name(code) if code else "未填"),
            "kind": Field("场所类型"),
            "capacity": Field("最多容纳", lambda people: people_text(people) if people else "未填"),
            "merged_into_id": Field("合并到", refers_to=Venue.name),
        },
        name=lambda record: str(record.name),
        edit_verb=venue_verb,
    ),
    Audited(ActivityKind, "kind", "活动类型", {"name": Field("名称")}, name=lambda record: str(record.name)),
)
