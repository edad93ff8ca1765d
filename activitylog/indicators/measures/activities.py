"""Measures over activities: how many, whom and where they reach, of what quality, and when."""

from activitylog.activities.facts import (
    ACTIVITY,
    activity_district_facts,
    activity_facts,
    planned_activity_facts,
)
from activitylog.indicators.aggregation import distinct, rate, total
from activitylog.indicators.judgements.rules import grade_of_forms
from activitylog.indicators.measures import keywords
from activitylog.indicators.measures.keywords import Keywords
from activitylog.indicators.measures.measure import (
    DISTRICT_NAMES,
    OF_ACTIVITY,
    Evidence,
    Filter,
    Keys,
    Measure,
    RateText,
    district_name,
    on_time_measure,
)

MEASURES = (
    Measure(
        "activities_held",
        "活动场次",
        activity_facts,
        total(),
        "已审核的活动，按举办日期",
        sources=(ACTIVITY,),
        filters=OF_ACTIVITY,
        keywords=(
            Keywords(300, "", ("场", "场次")),
            Keywords(310, keywords.EVENT, ("次", "次数", "期", "站", "趟")),
            Keywords(320, f"{keywords.SINGLE}(举办|开展|完成)?(数|数量)?$", ("个", "项")),
            Keywords(
                330, f"({keywords.SINGLE}|服务|配送).*(场次|次数|场数)|{keywords.SINGLE}(数|数量)$", ("",)
            ),
        ),
        is_narrowed_by_name=True,
        counts_events=True,
    ),
    Measure(
        "people_reached",
        "受众人数",
        activity_facts,
        total("audience_onsite", online="audience_online", is_by_group=True),
        "已审核活动的现场人数，规则注明时加线上人数，或只计一类人群",
        sources=(ACTIVITY,),
        filters=OF_ACTIVITY | {Filter.ONLINE, Filter.AUDIENCE_GROUP},
        keywords=(
            Keywords(270, keywords.PEOPLE, keywords.also_in_ten_thousands(*keywords.HEADS)),
            Keywords(
                280,
                f"({keywords.PEOPLE}).*(人数|人次)|^(人数|人次)$",
                keywords.also_in_ten_thousands(""),
            ),
        ),
        is_narrowed_by_name=True,
    ),
    Measure(
        "districts_covered",
        "覆盖区数",
        activity_district_facts,
        distinct("district"),
        "已审核活动到达的不同区",
        sources=(ACTIVITY,),
        filters=OF_ACTIVITY,
        keys=Keys(
            district_name,
            names=DISTRICT_NAMES,
            heading="还没有到的区",
            page_heading="各区",
            unit="场",
            complete="16 个区都已到达",
            map_title="到达各区的活动",
        ),
        evidence=Evidence.MISSING_KEYS,
        keywords=(
            Keywords(
                150,
                "(覆盖|到达|辐射).*((?<![社街园校景小片])区|全市)|区(域|县)?覆盖|覆盖(面|范围)",
                keywords.DISTRICT_UNITS,
                unless="社区|街区|园区|校区|景区|小区|片区|街镇|街道|乡镇|镇|村|学校|人",
                takes_qualitative=True,
            ),
        ),
        is_narrowed_by_name=True,
    ),
    Measure(
        "forms_used",
        "科普形式数",
        activity_facts,
        distinct("form"),
        "已审核活动用到的不同科普形式",
        sources=(ACTIVITY,),
        filters=OF_ACTIVITY,
        keys=Keys(str, heading="用到的科普形式", page_heading="已用到", unit="次"),
        evidence=Evidence.KEYS,
        grade=grade_of_forms,
        keywords=(
            Keywords(
                160, "形式", ("种", "个", "类", "项", ""), unless="创新|新颖|宣传", takes_qualitative=True
            ),
        ),
    ),
    Measure(
        "quality_rate",
        "质量达标率",
        activity_facts,
        rate("quality_met", "one"),
        "质量必查项全部达标的活动 ÷ 已审核活动",
        sources=(ACTIVITY,),
        filters=OF_ACTIVITY,
        rate_text=RateText("达标", "活动", "场", is_yes_or_no=True, failure="质量没有达标"),
        evidence=Evidence.FAILED,
        keywords=(
            Keywords(
                130,
                f"质量|^({keywords.EVENT}|科普|工作|项目|总体|整体)*(达标|合格)(率|情况|达标|合格)*$",
                keywords.PERCENT,
                unless=keywords.GOODS + "|满意|提升",
                takes_qualitative=True,
            ),
        ),
        is_narrowed_by_name=True,
        falls_with_quality=True,
    ),
    on_time_measure(
        "activities_on_time",
        "活动按时率",
        planned_activity_facts,
        counts="不晚于计划日期举办并已审核的活动 ÷ 有计划日期且未取消的活动，按计划日期",
        sources=(ACTIVITY,),
        filters=OF_ACTIVITY,
        keywords=(
            Keywords(
                110,
                f"({keywords.EVENT}|举办|开展|场次).*{keywords.ON_TIME}|{keywords.ON_TIME}.*({keywords.EVENT}|举办|开展)",
                keywords.PERCENT,
                unless=keywords.HANDLING + "|宣传|热线",
                takes_qualitative=True,
            ),
        ),
        is_narrowed_by_name=True,
    ),
)
