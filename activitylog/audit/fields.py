"""Fields, keys and verbs that audited tables of several features share."""

from typing import Any

from activitylog.audit.registry import Field, Values, edited
from activitylog.core.money import yuan_text
from activitylog.core.period import Period

WITHDRAWN = {"withdrawn_at": Field("撤下时间"), "withdrawn_reason": Field("撤下理由")}


def fen(value: Any) -> str:
    return f"{yuan_text(value)} 元" if value is not None else "— 元"


def month(value: str) -> str:
    return Period.parse(value).label


def month_key(record: Any) -> int:
    """A month as a number: 202406."""
    return int(record.period.year * 100 + record.period.month)


def confirmed(before: Values, after: Values) -> str:
    return "confirmed" if set(after) == {"confirmed_at"} and after["confirmed_at"] else edited(before, after)
