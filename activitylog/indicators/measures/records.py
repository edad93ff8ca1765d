"""Measures over publicity, answers to surveys, milestones, all that is due, expenses and manual entries."""

from decimal import Decimal

from activitylog.activities.facts import ACTIVITY
from activitylog.expenses.facts import EXPENSE, expense_facts
from activitylog.indicators.aggregation import cost, distinct, rate, saving, total, unit_cost
from activitylog.indicators.facts import MANUAL, cost_facts, everything_due_facts, manual_facts
from activitylog.indicators.measures import keywords
from activitylog.indicators.measures.keywords import Keywords
from activitylog.indicators.measures.measure import (
    OF_ACTIVITY,
    OF_EXPENSE,
    OF_MILESTONE,
    Evidence,
    Filter,
    Keys,
    Measure,
    RateText,
    batch_name,
    on_time_measure,
)
from activitylog.milestones.facts import MILESTONE, done_milestone_facts, due_milestone_facts
from activitylog.publicity.facts import (
    MEDIA_REPORT,
    PUSH,
    RELEASE,
    media_report_facts,
    push_facts,
    pushed_activity_facts,
    release_facts,
)
from activitylog.surveys.facts import SURVEY, grade_facts, response_facts
from activitylog.surveys.rules import HIGHEST_GRADE
from activitylog.surveys.years.rules import SatisfactionMethod

MEASURES = (
    Measure(
        "pushes",
        "推送篇数",
        push_facts,
        distinct("article"),
        "不同的公众号文章，按发布日期",
        sources=(PUSH,),
        filters=OF_ACTIVITY,
        keywords=(
            Keywords(200, keywords.PUSHES, keywords.ARTICLES),
            Keywords(220, f"({keywords.PUSHES}).*数", ("",)),
        ),
    ),
    Measure(
        "push_batches",
        "推送次数",
        push_facts,
        distinct("sending"),
        "不同的推送批次，未填批次时按发布日期",
        sources=(PUSH,),
        filters=OF_ACTIVITY,
        keys=Keys(batch_name),
        keywords=(Keywords(210, keywords.PUSHES, keywords.BATCHES),),
    ),
    Measure(
        "activities_pushed",
        "有推送的活动数",
        pushed_activity_facts,
        distinct("activity_id"),
        "至少有一篇推送的已审核活动，按推送发布日期",
        sources=(PUSH,),
        filters=OF_ACTIVITY,
        keywords=(
            Keywords(190, f"({keywords.PUSHES}|微信).*活动(数|场)", (*keywords.TIMES, "个", "项", "")),
        ),
        is_narrowed_to_event=True,
    ),
    on_time_measure(
        "releases_on_time",
        "信息发布及时率",
        release_facts,
        counts="举办后 3 天内发布首篇推送的活动 ÷ 已审核活动",
        sources=(RELEASE,),
        filters=OF_ACTIVITY,
        keywords=(
            Keywords(
                90,
                f"(信息|新闻|推文|推送|稿件|宣传|公众号|发布).*{keywords.ON_TIME}",
                keywords.PERCENT,
                unless="报道|报导|媒体|视频|数据|统计",
                takes_qualitative=True,
            ),
        ),
        is_narrowed_by_name=True,
    ),
    Measure(
        "media_reports",
        "媒体报道篇数",
        media_report_facts,
        distinct("item"),
        "不同的媒体报道，规则注明时含转载",
        sources=(MEDIA_REPORT,),
        filters=OF_ACTIVITY | {Filter.REPOSTS},
        keywords=(
            Keywords(
                170,
                "媒体|报道|报导",
                ("篇", "条", "则", "次", "篇次", "个", ""),
                unless="新媒体|自媒体|媒体数|媒体家数|账号|平台|矩阵|推送|视频",
                takes_qualitative=True,
            ),
        ),
    ),
    Measure(
        "satisfaction",
        "满意度",
        response_facts,
        rate("satisfied", "valid"),
        "（非常满意＋满意）÷ 总体评价的有效答卷，扫码与纸质合并，按活动举办日期",
        sources=(SURVEY,),
        filters=OF_ACTIVITY,
        rate_text=RateText("满意", "有效答卷", "份"),
        evidence=Evidence.BELOW_TARGET,
        method=SatisfactionMethod.SHARE,
        keywords=(
            Keywords(
                10,
                "满意|好评率|认可度",
                keywords.PERCENT,
                unless=keywords.OTHERS + "|调查",
                takes_qualitative=True,
            ),
        ),
        is_narrowed_by_name=True,
    ),
    Measure(
        "satisfaction_index",
        "满意指数",
        grade_facts,
        rate("grades", "highest"),
        "总体评价的平均分（非常满意 5 分到非常不满意 1 分）÷ 5 分，扫码与纸质合并，按活动举办日期",
        sources=(SURVEY,),
        filters=OF_ACTIVITY,
        rate_text=RateText("得分", "满分", "分"),
        evidence=Evidence.BELOW_TARGET,
        method=SatisfactionMethod.INDEX,
        base_of_one=HIGHEST_GRADE,
    ),
    Measure(
        "milestones_done",
        "完成事项数",
        done_milestone_facts,
        total(),
        "已完成的事项，按完成日期",
        sources=(MILESTONE,),
        filters=OF_MILESTONE,
        evidence=Evidence.UNDONE,
        keywords=(
            Keywords(60, "制度", keywords.THINGS, unless="执行|落实|遵守|培训|宣传", milestone_kind="制度"),
            Keywords(80, "资源推送", keywords.BATCHES, unless="微信|公众号", milestone_kind="资源推送"),
            Keywords(
                240, "小院", keywords.PLACES, unless="活动|服务|受众|走进|人", milestone_kind="科技小院"
            ),
            Keywords(250, "节点", ("个", "项"), milestone_kind="工作节点"),
        ),
    ),
    on_time_measure(
        "milestones_on_time",
        "事项按时率",
        due_milestone_facts,
        counts="不晚于计划日期完成的事项 ÷ 到期事项",
        sources=(MILESTONE,),
        filters=OF_MILESTONE,
        keywords=(
            Keywords(
                50,
                "制度.*(健全|完善|完备|建立|建设|制定)|(健全|完善|完备|建立|长效).*制度|长效.*机制",
                ("%",),
                unless="执行|落实|遵守",
                milestone_kind="制度",
                takes_qualitative=True,
            ),
            Keywords(
                70,
                f"资源推送.*{keywords.ON_TIME}",
                keywords.PERCENT,
                unless="微信|公众号",
                milestone_kind="资源推送",
                takes_qualitative=True,
            ),
            Keywords(
                100,
                f"(工作|节点|任务).*{keywords.ON_TIME}|{keywords.ON_TIME}.*(工作|节点|任务)",
                keywords.PERCENT,
                unless=keywords.EVENT + "|举办|开展|" + keywords.HANDLING,
                milestone_kind="工作节点",
                takes_qualitative=True,
            ),
        ),
    ),
    on_time_measure(
        "everything_on_time",
        "总体按时率",
        everything_due_facts,
        counts="活动举办、信息发布与事项完成三项合并计算",
        sources=(ACTIVITY, RELEASE, MILESTONE),
        filters=OF_ACTIVITY,
        keywords=(
            Keywords(
                120,
                f"^(项目|总体|整体|年度|计划|科普|实施|执行|完成|进度|推进)*{keywords.ON_TIME}"
                "(性|率|完成|实施|程度|情况|及时)*$",
                keywords.PERCENT,
                takes_qualitative=True,
            ),
        ),
    ),
    Measure(
        "cost_saving",
        "成本节约率",
        expense_facts,
        saving("paid_fen", "planned_fen"),
        "（计划金额－实付金额）÷ 计划金额，按支付日期",
        sources=(EXPENSE,),
        filters=OF_EXPENSE,
        evidence=Evidence.SPENDING,
        keywords=(
            Keywords(
                20,
                "节约|节支",
                keywords.PERCENT,
                unless="能源|水|电|纸|用地|时间|人力",
                takes_qualitative=True,
            ),
        ),
        can_be_at_most=True,
        zero_tolerance=Decimal("0.50"),
    ),
    Measure(
        "total_cost",
        "总成本",
        expense_facts,
        cost("paid_fen"),
        "各笔支出的实付金额之和，按支付日期",
        sources=(EXPENSE,),
        filters=OF_EXPENSE,
        evidence=Evidence.COSTS,
        keywords=(
            Keywords(
                24, keywords.COST, keywords.MONEY, unless=keywords.SINGLE_COST + "|" + keywords.OTHER_COST
            ),
        ),
        can_be_at_most=True,
        is_narrowed_by_name=True,
    ),
    Measure(
        "cost_per_activity",
        "单场活动成本",
        cost_facts,
        unit_cost("paid_fen", "one"),
        "各笔支出的实付金额之和（按支付日期）÷ 已审核活动（按举办日期）",
        sources=(ACTIVITY, EXPENSE),
        filters=OF_EXPENSE,
        rate_text=RateText("实付", "活动", "场"),
        evidence=Evidence.COSTS,
        keywords=(
            Keywords(
                22,
                keywords.COST_OF_ACTIVITY,
                (*keywords.MONEY, *keywords.each_of("场", "场次", "次", "期", "个", "项", "活动")),
                unless=keywords.OTHER_COST,
            ),
            Keywords(26, keywords.COST_WORD, keywords.each_of("场", "场次"), unless=keywords.OTHER_COST),
        ),
        can_be_at_most=True,
        is_narrowed_by_name=True,
    ),
    Measure(
        "cost_per_head",
        "人均成本",
        cost_facts,
        unit_cost("paid_fen", "audience_onsite", online="audience_online"),
        "各笔支出的实付金额之和（按支付日期）÷ 已审核活动的现场人数，规则注明时加线上人数",
        sources=(ACTIVITY, EXPENSE),
        filters=OF_EXPENSE | {Filter.ONLINE},
        rate_text=RateText("实付", "受众", "人"),
        evidence=Evidence.COSTS,
        keywords=(
            Keywords(
                21,
                keywords.COST_OF_HEAD,
                (*keywords.MONEY, *keywords.each_of("人", "人次", "名", "位")),
                unless=keywords.OTHER_COST,
            ),
            Keywords(25, keywords.COST_WORD, keywords.each_of("人", "人次"), unless=keywords.OTHER_COST),
        ),
        can_be_at_most=True,
        is_narrowed_by_name=True,
    ),
    Measure(
        "manual",
        "人工填报",
        manual_facts,
        total("amount"),
        "人工填报的数，每笔须有理由和依据",
        sources=(MANUAL,),
    ),
)
