"""The audited fields of a year's rounding."""

from activitylog.audit.registry import Audited, Field
from activitylog.indicators.years.models import YearRounding

AUDITED = (
    Audited(
        YearRounding,
        "year_rounding",
        "取舍方法",
        {"rounds_first": Field("先取两位小数再比")},
        name=lambda record: f"{record.year}年",
        key=lambda record: int(record.year),
    ),
)
