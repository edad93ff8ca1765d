"""Measures over what is published about activities: pushes, their batches, releases, media reports."""

from activitylog.indicators.aggregation import distinct, rate
from activitylog.indicators.judgements.rules import grade_of_rate
from activitylog.indicators.measures import keywords
from activitylog.indicators.measures.keywords import Keywords
from activitylog.indicators.measures.measure import (
    OF_ACTIVITY,
    ON_TIME,
    Evidence,
    Filter,
    Keys,
    Measure,
    batch_name,
)
from activitylog.publicity.facts import (
    MEDIA_REPORT,
    PUSH,
    RELEASE,
    media_report_facts,
    push_facts,
    pushed_activity_facts,
    release_facts,
)

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
    Measure(
        "releases_on_time",
        "信息发布及时率",
        release_facts,
        rate("on_time", "due"),
        "举办后 3 天内发布首篇推送的活动 ÷ 已审核活动",
        sources=(RELEASE,),
        filters=OF_ACTIVITY,
        rate_text=ON_TIME,
        evidence=Evidence.LATE,
        grade=grade_of_rate,
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
)
