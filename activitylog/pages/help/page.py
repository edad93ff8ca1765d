"""The page of help: the steps a person may do, by when they are due, each with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission

DAILY, MONTHLY, YEARLY, ALWAYS = "平时", "每月", "年初和年底", "遇到问题"
READ, LOG, REVIEW = Permission.READ, Permission.LOG, Permission.REVIEW
RULES, ROLL_UP = Permission.EDIT_RULES, Permission.ROLL_UP


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: when, who may, what in a sentence, and the page where it is done."""

    when: str
    permission: Permission
    title: str
    text: str
    endpoint: str


STEPS = (
    Step(
        DAILY,
        LOG,
        "记活动",
        "活动一结束就在手机上记：类型、场所、人数，拍几张照片。没有网也能填，有网时自动提交。",
        "activities.new",
    ),
    Step(
        DAILY,
        LOG,
        "出示二维码",
        "开场前打开那场活动，点“出示二维码”，观众扫码填满意度；纸质问卷在同一页登记。",
        "activities.index",
    ),
    Step(
        DAILY,
        LOG,
        "补链接、照片和支出",
        "推送、报道、照片、支出都补在活动页上，推送在活动后三天内发布才算及时。",
        "activities.index",
    ),
    Step(DAILY, LOG, "改退回的记录", "首页列着退回的活动和理由，改好再提交。", "home.index"),
    Step(
        DAILY,
        REVIEW,
        "审核活动",
        "一场一场看：人数、照片、质量检查。有缺的退回并写明理由；自己登记的由别人审核。",
        "review.index",
    ),
    Step(
        DAILY, REVIEW, "审核其他记录", "推送、报道、支出、里程碑、纸质问卷，通过后才计入。", "review.records"
    ),
    Step(
        MONTHLY,
        READ,
        "看进度",
        "每个项目一页，每个指标一行；点指标，看这个数由哪些记录合成。",
        "projects.projects",
    ),
    Step(
        MONTHLY,
        REVIEW,
        "写偏差原因",
        "亮红灯的指标要说明原因。项目页最后列着还缺的，系统先拟好一段话，核对后再补充。",
        "projects.projects",
    ),
    Step(
        MONTHLY,
        ROLL_UP,
        "汇总、核对、结账",
        "1 日夜里自动汇总上个月。核对以后在月份页结账：先列出没办的事，确认后这个月的数不再变。",
        "periods.index",
    ),
    Step(
        YEARLY,
        ROLL_UP,
        "导入申报表",
        "年初把绩效目标申报表导入，项目、指标和目标就有了；也可以沿用上一年的。",
        "declarations.choose",
    ),
    Step(
        YEARLY,
        RULES,
        "核对计数规则",
        "在项目页的“计数规则”里逐条看每个指标数什么、怎么数；修改时先看新规则的数，再保存确认。",
        "projects.projects",
    ),
    Step(
        YEARLY,
        REVIEW,
        "评定定性指标",
        "没有数可数的指标由人评定：打开指标，点“评定”，左边是依据，右边写评定，再请另一人复核。",
        "projects.projects",
    ),
    Step(
        YEARLY,
        REVIEW,
        "导入、导出台账",
        "以前的 Excel 台账可以整本导入，也可以随时导出；导入前逐行列出会改什么。",
        "ledger.index",
    ),
    Step(
        YEARLY,
        READ,
        "导出账目",
        "项目页的“指标表（Excel）”、指标页的记录都能导出，数字可以直接求和。",
        "projects.projects",
    ),
    Step(
        ALWAYS,
        Permission.AUDIT,
        "查谁改过什么",
        "审计记录按时间列出每一次登记、修改、审核和结账，改前改后都在。",
        "audit.index",
    ),
    Step(
        ALWAYS,
        Permission.MANAGE_PEOPLE,
        "管理用户",
        "邀请同事、设定角色和项目、重设密码、停用离开的人。",
        "people.index",
    ),
    Step(
        ALWAYS,
        Permission.SET_OFFICE,
        "单位设置",
        "单位名称、标志、公开网址和结账日，写在问卷、海报和登录页上。",
        "settings.index",
    ),
    Step(
        ALWAYS,
        Permission.SIGN_IN,
        "改密码、退出别的设备",
        "在“我的”里换密码、看登录着的设备、调大字号。",
        "account.me",
    ),
)


@dataclass(frozen=True, slots=True)
class HelpPage:
    """The steps of one person, by when they are due."""

    role: str
    parts: Sequence[tuple[str, Sequence[Step]]]


def help_page(user: User) -> HelpPage:
    steps = [step for step in STEPS if user.may(step.permission)]
    return HelpPage(
        role=user.role_text,
        parts=[(when, list(group)) for when, group in groupby(steps, key=lambda step: step.when)],
    )
