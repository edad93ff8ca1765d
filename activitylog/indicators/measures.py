"""What a fact counts for: every measure on one screen, in display order."""

from collections.abc import Callable
from dataclasses import dataclass

from activitylog.activities.facts import activity_district_facts, activity_facts, planned_activity_facts
from activitylog.core.dialects import PooledRows, Rows
from activitylog.expenses.facts import expense_facts
from activitylog.indicators.aggregation import Fold, distinct, rate, saving, total
from activitylog.indicators.facts import everything_due_facts, manual_facts
from activitylog.milestones.facts import done_milestone_facts, due_milestone_facts
from activitylog.publicity.facts import (
    media_report_facts,
    push_facts,
    pushed_activity_facts,
    release_facts,
)
from activitylog.surveys.facts import response_facts


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to count: facts, the fold over their columns, and the sentence that explains it.

    `facts` takes `only_touched` and gives one row per record and key. What a rule may filter by follows from
    the columns the facts publish: `activity_id` (activity and venue kinds), `milestone_kind`, `is_repost`,
    `indicator_id`.
    """

    key: str
    label: str
    facts: Callable[..., Rows | PooledRows]
    fold: Fold
    counts: str


MEASURES = (
    Measure("activities_held", "活动场次", activity_facts, total(), "已审核的活动，按举办日期"),
    Measure(
        "people_reached",
        "受众人数",
        activity_facts,
        total("audience_onsite", online="audience_online"),
        "已审核活动的现场人数，规则注明时加线上人数",
    ),
    Measure(
        "districts_covered",
        "覆盖区数",
        activity_district_facts,
        distinct("district"),
        "已审核活动到达的不同区",
    ),
    Measure("forms_used", "科普形式数", activity_facts, distinct("form"), "已审核活动用到的不同科普形式"),
    Measure(
        "quality_rate",
        "质量达标率",
        activity_facts,
        rate("quality_met", "one"),
        "质量必查项全部达标的活动 ÷ 已审核活动",
    ),
    Measure(
        "activities_on_time",
        "活动按时率",
        planned_activity_facts,
        rate("on_time", "due"),
        "不晚于计划日期举办并已审核的活动 ÷ 有计划日期且未取消的活动，按计划日期",
    ),
    Measure("pushes", "推送篇数", push_facts, distinct("article"), "不同的公众号文章，按发布日期"),
    Measure(
        "push_batches", "推送次数", push_facts, distinct("sending"), "不同的推送批次，未填批次时按发布日期"
    ),
    Measure(
        "activities_pushed",
        "有推送的活动数",
        pushed_activity_facts,
        distinct("activity_id"),
        "至少有一篇推送的已审核活动，按推送发布日期",
    ),
    Measure(
        "releases_on_time",
        "信息发布及时率",
        release_facts,
        rate("on_time", "due"),
        "举办后 3 天内发布首篇推送的活动 ÷ 已审核活动",
    ),
    Measure(
        "media_reports",
        "媒体报道篇数",
        media_report_facts,
        distinct("item"),
        "不同的媒体报道，规则注明时含转载",
    ),
    Measure(
        "satisfaction",
        "满意度",
        response_facts,
        rate("satisfied", "valid"),
        "（非常满意＋满意）÷ 总体评价的有效答卷，扫码与纸质合并，按活动举办日期",
    ),
    Measure("milestones_done", "完成事项数", done_milestone_facts, total(), "已完成的事项，按完成日期"),
    Measure(
        "milestones_on_time",
        "事项按时率",
        due_milestone_facts,
        rate("on_time", "due"),
        "不晚于计划日期完成的事项 ÷ 到期事项",
    ),
    Measure(
        "everything_on_time",
        "总体按时率",
        everything_due_facts,
        rate("on_time", "due"),
        "活动举办、信息发布与事项完成三项合并计算",
    ),
    Measure(
        "cost_saving",
        "成本节约率",
        expense_facts,
        saving("paid_fen", "planned_fen"),
        "（计划金额－实付金额）÷ 计划金额，按支付日期",
    ),
    Measure("manual", "人工填报", manual_facts, total("amount"), "人工填报的数，每笔须有理由和依据"),
)
BY_KEY = {measure.key: measure for measure in MEASURES}
if len(BY_KEY) != len(MEASURES):
    raise ValueError("two measures share a key")
