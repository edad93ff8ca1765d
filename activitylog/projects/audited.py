"""Audited projects, their indicators and members; how other records refer to them."""

from typing import Any

from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.audit.registry import Audited, Field, RecordRef, fen
from activitylog.projects.models import Indicator, Project

PROJECT = Field("项目", refers_to=Project.name)
INDICATOR = Field("指标", refers_to=Indicator.name)


def own_project(_session: Session, record: Any) -> int | None:
    return int(record.project_id)


def project_of_indicator(session: Session, record: Any) -> int | None:
    indicator = session.get(Indicator, record.indicator_id)
    return indicator.project_id if indicator else None


def indicator_name(record: Any) -> RecordRef:
    return RecordRef(Indicator.name, record.indicator_id)


AUDITED = (
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
        Membership,
        "membership",
        "项目成员",
        {"user_id": Field("用户", refers_to=User.name), "project_id": PROJECT},
        name=lambda record: RecordRef(User.name, record.user_id),
        key=lambda record: int(record.user_id) << 32 | int(record.project_id),
        project_id=own_project,
        deleted_with=(Membership.user_id, Membership.project_id),
    ),
)
