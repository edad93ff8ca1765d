"""Measures over money spent."""

from decimal import Decimal

from activitylog.expenses.facts import EXPENSE, expense_facts
from activitylog.indicators.aggregation import saving
from activitylog.indicators.measures import keywords
from activitylog.indicators.measures.keywords import Keywords
from activitylog.indicators.measures.measure import OF_ACTIVITY, Evidence, Measure

MEASURES = (
    Measure(
        "cost_saving",
        "成本节约率",
        expense_facts,
        saving("paid_fen", "planned_fen"),
        "（计划金额－实付金额）÷ 计划金额，按支付日期",
        sources=(EXPENSE,),
        filters=OF_ACTIVITY,
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
)
