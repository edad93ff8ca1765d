"""The statuses of an activity and their legal changes, its quality items, and the limits of its fields."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from enum import StrEnum

from activitylog.core.districts import BY_CODE
from activitylog.core.text.words import clean_text
from activitylog.errors import BadInput, IllegalChange, Refused


class Status(StrEnum):
    """The status of an activity; the labels are the ledger's."""

    PLANNED = "planned"
    LOGGED = "logged"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


STATUS_LABELS = {
    Status.PLANNED: "计划",
    Status.LOGGED: "待审核",
    Status.APPROVED: "已审核",
    Status.RETURNED: "退回",
    Status.WITHDRAWN: "取消",
}
STATUS_BY_LABEL = {label: status for status, label in STATUS_LABELS.items()}

LEGAL_CHANGES: dict[Status, frozenset[Status]] = {
    Status.PLANNED: frozenset({Status.LOGGED, Status.WITHDRAWN}),
    Status.LOGGED: frozenset({Status.APPROVED, Status.RETURNED, Status.WITHDRAWN}),
    Status.RETURNED: frozenset({Status.LOGGED, Status.WITHDRAWN}),
    Status.APPROVED: frozenset({Status.RETURNED, Status.WITHDRAWN}),
    Status.WITHDRAWN: frozenset({Status.PLANNED, Status.LOGGED}),
}

FORMS = ("讲座", "展览", "互动体验", "科普剧", "参观", "竞赛", "咖啡沙龙", "咨询义诊", "线上直播", "其他")
VENUE_KINDS = (
    "社区书院",
    "村居",
    "学校",
    "场馆",
    "文明实践中心",
    "党群服务中心",
    "科技小院",
    "园区",
    "线上",
    "其他",
)


AUDIENCE_GROUPS = {
    "青少年": "audience_young",
    "老年人": "audience_elderly",
    "白领": "audience_office",
    "其他人群": "audience_others",
}  # of the declaration, each with its field
ONLINE_AUDIENCE = "线上观众"
HEADS_BY_GROUP = AUDIENCE_GROUPS | {ONLINE_AUDIENCE: "audience_online"}  # what a rule may count alone
COUNTING_METHODS = ("签到", "清点", "估算", "平台数据")


class QualityItem(StrEnum):
    """An item of the quality check; the values are the office's names."""

    PLAN = "方案已批准"
    SAFETY = "安全已检查"
    SIGN_IN = "签到已留存"
    PHOTOS = "照片不少于3张"
    SUMMARY = "总结已提交"
    NO_COMPLAINT = "无属实投诉"


MIN_PHOTOS = 3
COMPUTED_ITEMS = frozenset({QualityItem.PHOTOS, QualityItem.SUMMARY})
TICKED_ITEMS = tuple(item for item in QualityItem if item not in COMPUTED_ITEMS)
JOINED_BY = "、"


def must_items(chosen: str) -> tuple[QualityItem, ...]:
    """The items a project's setting lists; all where it lists none."""
    named = set(chosen.split(JOINED_BY))
    return tuple(item for item in QualityItem if item in named) or tuple(QualityItem)


def computed_items(*, photos: int, summary: str) -> frozenset[QualityItem]:
    """The items met by the photos and the summary, which the system checks."""
    is_met = {QualityItem.PHOTOS: photos >= MIN_PHOTOS, QualityItem.SUMMARY: bool(clean_text(summary))}
    return frozenset(item for item in COMPUTED_ITEMS if is_met[item])


def is_quality_met(must: Iterable[QualityItem], met: Iterable[QualityItem]) -> bool:
    """质量达标: every must-item of the project is met.

    The ledger's 是 or 否 is a judgement of the whole; it holds until items are recorded for the activity, and
    again when a ledger imported later says otherwise. An activity that is not approved has no judgement.
    """
    return set(must) <= set(met)


def check_change(current: Status, new_status: Status) -> None:
    """Refuse a change that LEGAL_CHANGES does not list."""
    if new_status not in LEGAL_CHANGES[current]:
        allowed = "、".join(STATUS_LABELS[status] for status in Status if status in LEGAL_CHANGES[current])
        raise IllegalChange(
            f"活动现在是“{STATUS_LABELS[current]}”，不能改为“{STATUS_LABELS[new_status]}”；可以改为：{allowed}。"
        )


READY_REASONS = (
    "人数与签到不符",
    "照片不足或不清楚",
    "日期有误",
    "场所或区有误",
    "活动类型有误",
    "缺活动总结",
    "疑似重复登记",
)  # of a return, offered as one tap
NEED_HELD_ON = frozenset({Status.LOGGED, Status.APPROVED})
NEED_REASON = frozenset({Status.RETURNED, Status.WITHDRAWN})
MAX_HEADS = 10_000_000
MAX_LENGTHS = {
    "title": ("活动名称", 200),
    "form": ("科普形式", 40),
    "venue_name": ("场所名称", 120),
    "venue_kind": ("场所类型", 40),
    "kinds": ("活动类型", 60),
    "counting_method": ("计数方式", 10),
    "speaker": ("主讲", 120),
    "note": ("备注", 2000),
    "summary": ("活动总结", 5000),
}
_NUMBER = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._()（）-]{0,39}")
_RESERVED_NUMBERS = frozenset({"new", "records", "several", "undo"})


def is_review(current: Status, new_status: Status) -> bool:
    """Whether the change is a reviewer's: a review, or undoing an approval."""
    return new_status in (Status.APPROVED, Status.RETURNED) or current is Status.APPROVED


def status_after_edit(current: Status, *, needs_review: bool) -> Status:
    """LOGGED for an approved activity whose edit somebody has to review, else unchanged."""
    return Status.LOGGED if current is Status.APPROVED and needs_review else current


def check_editable(current: Status) -> None:
    if current is Status.WITHDRAWN:
        raise IllegalChange("活动已取消，不能修改；请先恢复，再修改。")


def check_dates(*, planned_on: date | None, held_on: date | None, project_year: int, today: date) -> None:
    """Refuse a day held in the future, missing dates, and a year other than the project's."""
    if held_on is not None and held_on > today:
        raise BadInput("举办日期还没有到；请先保存为计划，办完再提交。", field="held_on")
    decisive = held_on or planned_on
    if decisive is None:
        raise BadInput("请填写举办日期；还没有举办的，请填写计划日期。", field="held_on")
    if decisive.year != project_year:
        raise BadInput(
            f"日期在 {decisive.year} 年，所选项目是 {project_year} 年的；"
            f"请改日期，或改选 {decisive.year} 年的项目。",
            field="held_on" if held_on else "planned_on",
        )


def check_start(start_time: time | None) -> None:
    """Refuse midnight, which in a workbook and for a survey's opening means no time."""
    if start_time == time(0):
        raise BadInput(
            "开始时间 00:00 等于没有填时间：不知道几点开始的，请留空；零点开始的，请写 00:01。",
            field="start_time",
        )


def check_held(status: Status, held_on: date | None) -> None:
    if status in NEED_HELD_ON and held_on is None:
        raise BadInput("请填写活动举办日期，办过的活动才能提交审核。", field="held_on")


def check_heads(*, onsite: int, online: int) -> None:
    for field, word, heads in (
        ("audience_onsite", "现场人数", onsite),
        ("audience_online", "线上人数", online),
    ):
        if not 0 <= heads <= MAX_HEADS:
            raise BadInput(f"{word}应在 0 到 {MAX_HEADS:,} 之间，请核对。", field=field)


def check_groups(groups: Mapping[str, int], *, heads: int) -> None:
    """Refuse groups, by their labels, that are impossible or have more people than the activity."""
    for label, people in groups.items():
        if not 0 <= people <= MAX_HEADS:
            raise BadInput(f"{label}人数应在 0 到 {MAX_HEADS:,} 之间，请核对。", field=AUDIENCE_GROUPS[label])
    fault = groups_fault(groups.values(), heads=heads)
    if fault:
        named = next(label for label, people in groups.items() if people)
        raise BadInput(f"{fault}，请核对。", field=AUDIENCE_GROUPS[named])


def groups_fault(people: Iterable[int], *, heads: int) -> str:
    """What is wrong with groups of more people than the activity has; "" for nothing."""
    total = sum(people)
    if total <= heads:
        return ""
    return f"{'、'.join(AUDIENCE_GROUPS)}合计 {total:,} 人，超过现场加线上的 {heads:,} 人"


def check_counting_method(method: str) -> None:
    if method and method not in COUNTING_METHODS:
        listed = "、".join(COUNTING_METHODS)
        raise BadInput(f"没有“{method}”这种计数方式，请从{listed}中选择。", field="counting_method")


def check_length(field: str, text: str) -> None:
    word, longest = MAX_LENGTHS[field]
    if len(text) > longest:
        raise BadInput(f"{word}最多 {longest} 个字，请缩短。", field=field)


def check_districts(codes: Iterable[str]) -> None:
    for code in codes:
        if code not in BY_CODE:
            raise BadInput(f"没有代码为“{code}”的区，请从 16 个区中选择。", field="district")


def check_reason(new_status: Status, reason: str) -> None:
    if new_status in NEED_REASON and not clean_text(reason):
        raise BadInput(f"请写明{STATUS_LABELS[new_status]}的原因，方便组织者处理。", field="reason")


def check_number(number: str) -> None:
    """Refuse an imported number that cannot be part of an address."""
    if not _NUMBER.fullmatch(number) or number in _RESERVED_NUMBERS:
        raise Refused(f"活动编号“{number}”不能用：请用 1 至 40 个字母、数字、汉字或“-”“.”“_”，如 2024-0001。")
