"""Audited closings and reopenings of months."""

from activitylog.audit.registry import Audited, Field, month, month_key
from activitylog.indicators.closings.models import Closing, Reopening

AUDITED = (
    Audited(
        Closing,
        "closing",
        "结账",
        {
            "period": Field("月份", month),
            "revision": Field("版次"),
            "digest": Field("账目校验值", recorded_as="seal"),
            "pending": Field("结账时未办"),
        },
        name=lambda record: str(record.period.label),
        key=month_key,
        creation_verb=lambda _values: "closed",
        ended_by="reopening",
    ),
    Audited(
        Reopening,
        "reopening",
        "反结账",
        {
            "period": Field("月份", month),
            "revision": Field("结束的版次"),
            "reason": Field("理由"),
            "until": Field("期限"),
            "closed_at": Field("原结账时间"),
            "digest": Field("原账目校验值", recorded_as="seal"),
        },
        name=lambda record: str(record.period.label),
        key=month_key,
        creation_verb=lambda _values: "reopened",
    ),
)
