"""Measures over answers to surveys."""

from activitylog.indicators.aggregation import rate
from activitylog.indicators.measures import keywords
from activitylog.indicators.measures.keywords import Keywords
from activitylog.indicators.measures.measure import OF_ACTIVITY, Evidence, Measure, RateText
from activitylog.surveys.facts import SURVEY, response_facts

MEASURES = (
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
)
