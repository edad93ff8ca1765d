"""The measure over manual entries."""

from activitylog.indicators.aggregation import total
from activitylog.indicators.facts import MANUAL, manual_facts
from activitylog.indicators.measures.measure import Measure

MEASURES = (
    Measure(
        "manual",
        "人工填报",
        manual_facts,
        total("amount"),
        "人工填报的数，每笔须有理由和依据",
        sources=(MANUAL,),
    ),
)
