"""The audited fields of a year's satisfaction."""

from activitylog.audit.registry import Audited, Field
from activitylog.surveys.years.models import YearSatisfaction
from activitylog.surveys.years.rules import SATISFACTION_LABELS, SatisfactionMethod

AUDITED = (
    Audited(
        YearSatisfaction,
        "year_satisfaction",
        "满意度算法",
        {"method": Field("满意度算法", lambda value: SATISFACTION_LABELS[SatisfactionMethod(value)])},
        name=lambda record: f"{record.year}年",
        key=lambda record: int(record.year),
    ),
)
