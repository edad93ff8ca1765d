"""Audited facts: activities, articles, undertakings, money, paper forms."""

from activitylog.activities.models import Activity, ActivityKind, Photo, Venue
from activitylog.activities.rules import Status
from activitylog.audit.registry import Audited, Field, Ref, Values, withdrawn
from activitylog.audited.words import (
    ACTIVITY,
    INDICATOR,
    PROJECT,
    STATUS,
    WITHDRAWN,
    district,
    fen,
    its_activity,
    own_project,
    people,
    project_of_activity,
    project_of_indicator,
)
from activitylog.expenses.models import Expense
from activitylog.files.models import StoredFile
from activitylog.indicators.models import ManualEntry
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Indicator
from activitylog.publicity.models import MediaReport, Push
from activitylog.surveys.access.codes import CODE_RULE_LABELS, CodeRule
from activitylog.surveys.answers.flags import STEP_LABELS, RulingStep
from activitylog.surveys.models import AnswerRuling, PaperTally, SurveyEntrance


def activity_step(before: Values, after: Values) -> str:
    if "status" not in after:
        return "edited"
    if after.get("is_exempt"):
        return "counted"
    if before["status"] == Status.WITHDRAWN:
        return "restored"
    return str(Status(after["status"]).value)


def milestone_step(before: Values, after: Values) -> str:
    is_done = set(after) == {"done_on"} and before["done_on"] is None
    return "done" if is_done else withdrawn(before, after)


def venue_step(_before: Values, after: Values) -> str:
    if "merged_into_id" not in after:
        return "edited"
    return "merged" if after["merged_into_id"] else "separated"


FACTS = (
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
            "districts": Field("区", district, items="district", ordered_by="position"),
            "planned_on": Field("计划日期"),
            "held_on": Field("举办日期"),
            "start_time": Field("开始时间"),
            "audience_onsite": Field("现场人数", people),
            "audience_online": Field("线上人数", people),
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
        added=lambda values: "counted" if values.get("is_exempt") else str(Status(values["status"]).value),
        step=activity_step,
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
            "taken_at": Field("拍摄时间"),
            "is_public": Field("可以公开"),
            "shows_minors": Field("能认出未成年人"),
            **WITHDRAWN,
        },
        name=lambda record: str(record.name),
        project_id=project_of_activity,
        activity_id=its_activity,
        step=withdrawn,
    ),
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
        activity_id=its_activity,
        step=withdrawn,
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
        activity_id=its_activity,
        step=withdrawn,
    ),
    Audited(
        Milestone,
        "milestone",
        "里程碑",
        {
            "project_id": PROJECT,
            "kind": Field("类别"),
            "name": Field("名称"),
            "due_on": Field("计划日期"),
            "done_on": Field("完成日期"),
            **WITHDRAWN,
        },
        name=lambda record: str(record.name),
        project_id=own_project,
        step=milestone_step,
    ),
    Audited(
        Expense,
        "expense",
        "支出",
        {
            "project_id": PROJECT,
            "activity_id": ACTIVITY,
            "summary": Field("摘要"),
            "planned_fen": Field("计划金额", fen),
            "paid_fen": Field("实付金额", fen),
            "paid_on": Field("支付日期"),
            **WITHDRAWN,
        },
        name=lambda record: str(record.summary),
        project_id=own_project,
        activity_id=its_activity,
        step=withdrawn,
    ),
    Audited(
        PaperTally,
        "tally",
        "纸质问卷",
        {
            "activity_id": ACTIVITY,
            "very_satisfied": Field("非常满意"),
            "satisfied": Field("满意"),
            "neutral": Field("一般"),
            "dissatisfied": Field("不满意"),
            "very_dissatisfied": Field("非常不满意"),
            "recorded_on": Field("登记日期"),
            "sheet_id": Field("原表照片", refers_to=StoredFile.sha256),
            **WITHDRAWN,
        },
        name=lambda record: f"{record.recorded_on} 登记的 {record.total} 份",
        project_id=project_of_activity,
        activity_id=its_activity,
        step=withdrawn,
    ),
    Audited(
        AnswerRuling,
        "ruling",
        "扫码答卷",
        {
            "activity_id": ACTIVITY,
            "step": Field("决定", lambda value: STEP_LABELS[RulingStep(value)]),
            "reason": Field("理由"),
            "answers": Field("份数"),
            "numbers": Field("答卷编号"),
        },
        name=lambda record: f"{record.answers} 份",
        project_id=project_of_activity,
        activity_id=its_activity,
        added=lambda values: str(RulingStep(values["step"]).value),
    ),
    Audited(
        SurveyEntrance,
        "entrance",
        "问卷入口",
        {
            "activity_id": ACTIVITY,
            "code_rule": Field("现场动态码", lambda value: CODE_RULE_LABELS[CodeRule(value)]),
        },
        name=lambda record: Ref(Activity.number, record.activity_id),
        key=lambda record: int(record.activity_id),
        project_id=project_of_activity,
        activity_id=its_activity,
        goes_with=(SurveyEntrance.activity_id,),
    ),
    Audited(
        ManualEntry,
        "manual",
        "人工填报",
        {
            "indicator_id": INDICATOR,
            "amount": Field("数量"),
            "entered_on": Field("登记日期"),
            "reason": Field("理由"),
            "evidence": Field("依据"),
            **WITHDRAWN,
        },
        name=lambda record: Ref(Indicator.name, record.indicator_id),
        project_id=project_of_indicator,
        step=withdrawn,
    ),
    Audited(
        Venue,
        "venue",
        "场所",
        {
            "name": Field("名称"),
            "district": Field("区", lambda code: district(code) if code else "未填"),
            "kind": Field("场所类型"),
            "merged_into_id": Field("合并到", refers_to=Venue.name),
        },
        name=lambda record: str(record.name),
        step=venue_step,
    ),
    Audited(ActivityKind, "kind", "活动类型", {"name": Field("名称")}, name=lambda record: str(record.name)),
)
