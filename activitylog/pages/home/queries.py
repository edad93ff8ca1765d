"""Reads what an office still has to set up before it can work, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.indicators.models import Rule
from activitylog.office.rules import why_unreachable
from activitylog.projects.models import Indicator, Project
from activitylog.settings import Settings


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step: what to do, why, at which endpoint, who may, and whether it is done."""

    word: str
    note: str
    endpoint: str
    permission: Permission
    is_done: bool


DECLARATION = "承诺的项目和指标；Word、Excel、PDF、文字都可以，读出来的先给您核对。"
RULES = "每个指标按哪些记录计数，系统已经提议，请逐条看过再确认。"
PEOPLE = "组织者记活动，负责人审核；各人凭链接或二维码自己设密码。"
LEDGER = "以前的活动可以从 Excel 导入；现场的用手机记，记完就有问卷二维码。"
OFFICE = "单位名称写在登录页、问卷和海报上；二维码上的网址要让手机打得开。"


def setup_steps(session: Session, *, settings: Settings) -> Sequence[SetupStep]:
    """The steps of a new office in order; empty once all are done. The sample counts for nothing."""
    is_own = ~Project.is_sample
    people = select(func.count(User.id)).where(~User.is_sample, User.is_enabled)
    unconfirmed = select(Rule).join(Indicator, Indicator.id == Rule.indicator_id).join(Project)
    row = session.execute(
        select(
            select(Project.id).where(is_own).exists().label("is_declared"),
            unconfirmed.where(is_own, Rule.confirmed_at.is_(None)).exists().label("is_unconfirmed"),
            people.scalar_subquery().label("people"),
            select(Activity.id).where(~Activity.is_sample).exists().label("is_at_work"),
        )
    ).one()
    is_checked = row.is_declared and not row.is_unconfirmed
    unreachable = why_unreachable(settings.public_url)
    is_named = bool(settings.office_name) and not unreachable
    steps = (
        SetupStep(
            "写上单位名称和公开网址",
            unreachable or OFFICE,
            "settings.office",
            Permission.SET_OFFICE,
            is_named,
        ),
        SetupStep("导入申报表", DECLARATION, "declarations.choose", Permission.ROLL_UP, row.is_declared),
        SetupStep("核对计数规则", RULES, "projects.projects", Permission.EDIT_RULES, is_checked),
        SetupStep("邀请同事", PEOPLE, "people.new", Permission.MANAGE_PEOPLE, row.people > 1),
        SetupStep("导入台账，或记第一场活动", LEDGER, "ledger.index", Permission.REVIEW, row.is_at_work),
    )
    return () if all(step.is_done for step in steps) else steps
