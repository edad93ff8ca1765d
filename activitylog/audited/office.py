"""Audited promises and books: projects, rules, judgements, closings; and people."""

from typing import Any

from activitylog.accounts.models import Membership, User
from activitylog.accounts.rules import ROLE_LABELS
from activitylog.audit.registry import Audited, Field, Ref, Values, edited
from activitylog.audited.words import INDICATOR, PROJECT, fen, own_project, project_of_indicator
from activitylog.core.period import Period
from activitylog.files.models import StoredFile
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.judgements.rules import GRADE_LABELS, Grade
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.models import Rule
from activitylog.indicators.targets.models import MonthlyPlan, TargetAdjustment
from activitylog.indicators.weights.models import ExecutionWeight, IndicatorWeight
from activitylog.projects.models import Indicator, Project
from activitylog.reports.exports.models import PeriodExport
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.deviations.rules import CAUSE_LABELS, LIKELIHOOD_LABELS, Cause, Likelihood


def of_month(record: Any) -> int:
    """A month as a number: 202406."""
    return int(record.period.year * 100 + record.period.month)


def month(value: str) -> str:
    return Period.parse(value).label


def points(value: str) -> str:
    return f"{value} 分"


def user_step(_before: Values, after: Values) -> str:
    if "is_enabled" in after:
        return "enabled" if after["is_enabled"] else "disabled"
    return "edited"


def confirmed(before: Values, after: Values) -> str:
    return "confirmed" if set(after) == {"confirmed_at"} and after["confirmed_at"] else edited(before, after)


OFFICE = (
    Audited(
        Project,
        "project",
        "项目",
        {
            "year": Field("年份"),
            "name": Field("名称"),
            "parent_id": Field("上级项目", refers_to=Project.name),
            "position": Field("次序"),
            "nature": Field("项目性质"),
            "category": Field("项目类别"),
            "department": Field("主管部门"),
            "implementing_unit": Field("实施单位"),
            "starts_on": Field("计划开始日期"),
            "ends_on": Field("计划完成日期"),
            "budget_fen": Field("年度资金申请总额", fen),
            "fiscal_fen": Field("当年财政拨款", fen),
            "carried_over_fen": Field("上年结转资金", fen),
            "other_fen": Field("其他资金", fen),
            "goal": Field("年度总体目标"),
            "goal_wording": Field("年度总体目标原文"),
            "skips_review": Field("免审核"),
            "must_items": Field("质量检查必查项"),
            "is_sample": Field("示例"),
        },
        name=lambda record: f"{record.year}年 {record.name}",
        project_id=lambda _session, record: int(record.id),
    ),
    Audited(
        Indicator,
        "indicator",
        "指标",
        {
            "name": Field("名称"),
            "level1": Field("一级指标"),
            "level2": Field("二级指标"),
            "operator": Field("比较符号"),
            "target": Field("指标值"),
            "target_word": Field("指标值（定性）"),
            "unit": Field("单位"),
            "wording": Field("指标值原文"),
            "position": Field("次序"),
        },
        name=lambda record: str(record.name),
        project_id=own_project,
    ),
    Audited(
        Rule,
        "rule",
        "计量规则",
        {
            "measure": Field("计量方式", lambda key: BY_KEY[key].label if key in BY_KEY else key),
            "kinds": Field("活动类型", items="name"),
            "venue_kinds": Field("场所类型", items="venue_kind"),
            "milestone_kind": Field("里程碑类别"),
            "includes_online": Field("计入线上人数"),
            "includes_reposts": Field("计入转载"),
            "tolerance": Field("允许误差"),
            "confirmed_at": Field("确认时间"),
        },
        name=lambda record: Ref(Indicator.name, record.indicator_id),
        key=lambda record: int(record.indicator_id),
        project_id=project_of_indicator,
        step=confirmed,
        goes_with=(Rule.indicator_id,),
    ),
    Audited(
        Judgement,
        "judgement",
        "定性评定",
        {
            "indicator_id": INDICATOR,
            "period": Field("月份", month),
            "grade": Field("等级", lambda value: GRADE_LABELS[Grade(value)]),
            "ratio": Field("达成比例", lambda value: f"{value}%"),
            "reason": Field("理由"),
            "evidence": Field("依据"),
            "files": Field("材料", items="name", ordered_by="position"),
            "confirmed_at": Field("复核时间"),
        },
        name=lambda record: Ref(Indicator.name, record.indicator_id),
        project_id=project_of_indicator,
        step=confirmed,
        goes_with=(Judgement.indicator_id,),
    ),
    Audited(
        MonthlyPlan,
        "plan",
        "月度计划",
        {
            "indicator_id": INDICATOR,
            "month": Field("月份", lambda month: f"{month}月"),
            "cumulative": Field("累计应完成"),
        },
        name=lambda record: Ref(Indicator.name, record.indicator_id),
        key=lambda record: int(record.indicator_id) * 100 + int(record.month),
        project_id=project_of_indicator,
        goes_with=(MonthlyPlan.indicator_id,),
    ),
    Audited(
        TargetAdjustment,
        "target",
        "目标调整",
        {
            "indicator_id": INDICATOR,
            "target": Field("调整后的指标值"),
            "reference": Field("文号"),
            "adjusted_on": Field("调整日期"),
            "reason": Field("理由"),
        },
        name=lambda record: Ref(Indicator.name, record.indicator_id),
        project_id=project_of_indicator,
        goes_with=(TargetAdjustment.indicator_id,),
    ),
    Audited(
        IndicatorWeight,
        "weight",
        "指标分值",
        {"indicator_id": INDICATOR, "weight": Field("分值", points)},
        name=lambda record: Ref(Indicator.name, record.indicator_id),
        key=lambda record: int(record.indicator_id),
        project_id=project_of_indicator,
        goes_with=(IndicatorWeight.indicator_id,),
    ),
    Audited(
        ExecutionWeight,
        "execution_weight",
        "预算执行率分值",
        {"project_id": PROJECT, "weight": Field("分值", points)},
        name=lambda record: Ref(Project.name, record.project_id),
        key=lambda record: int(record.project_id),
        project_id=own_project,
        goes_with=(ExecutionWeight.project_id,),
    ),
    Audited(
        Deviation,
        "deviation",
        "偏差原因",
        {
            "indicator_id": INDICATOR,
            "period": Field("月份", month),
            "cause": Field("类别", lambda value: CAUSE_LABELS[Cause(value)]),
            "explanation": Field("说明"),
            "figure": Field("当时的完成值"),
            "likelihood": Field("完成可能性", lambda value: LIKELIHOOD_LABELS[Likelihood(value)]),
            "forecast": Field("全年预计完成值"),
            "forecast_word": Field("全年预计完成值（定性）"),
        },
        name=lambda record: Ref(Indicator.name, record.indicator_id),
        project_id=project_of_indicator,
        goes_with=(Deviation.indicator_id,),
    ),
    Audited(
        Closing,
        "closing",
        "结账",
        {"period": Field("月份", month), "revision": Field("版次"), "seal": Field("账目校验值")},
        name=lambda record: str(record.period.label),
        key=of_month,
        added=lambda _values: "closed",
    ),
    Audited(
        Reopening,
        "reopening",
        "反结账",
        {
            "period": Field("月份", month),
            "revision": Field("结束的版次"),
            "reason": Field("理由"),
            "until": Field("期限"),
            "closed_at": Field("原结账时间"),
            "seal": Field("原账目校验值"),
        },
        name=lambda record: str(record.period.label),
        key=of_month,
        added=lambda _values: "reopened",
    ),
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
        added=lambda _values: "exported",
    ),
    Audited(
        User,
        "user",
        "用户",
        {
            "name": Field("姓名"),
            "role": Field("角色", lambda role: ROLE_LABELS[role]),
            "is_enabled": Field("可以登录"),
        },
        name=lambda record: str(record.name),
        step=user_step,
        secrets={"password_hash": "password_changed", "calendar_hash": "calendar_renewed"},
    ),
    Audited(
        Membership,
        "membership",
        "项目成员",
        {"user_id": Field("用户", refers_to=User.name), "project_id": PROJECT},
        name=lambda record: Ref(User.name, record.user_id),
        key=lambda record: int(record.user_id) << 32 | int(record.project_id),
        project_id=own_project,
        goes_with=(Membership.user_id, Membership.project_id),
    ),
)
