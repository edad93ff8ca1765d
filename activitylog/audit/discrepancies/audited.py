"""The audited fields of discrepancies: that one was found, and who closed it why."""

from activitylog.audit.changes import LONGEST_NAME
from activitylog.audit.discrepancies.models import Discrepancy
from activitylog.audit.registry import Audited, Field, Values


def discrepancy_verb(_before: Values, after: Values) -> str:
    return "settled" if after.get("closed_at") else "edited"


AUDITED = (
    Audited(
        Discrepancy,
        "discrepancy",
        "不符之处",
        {
            "key": Field("识别值"),
            "sentence": Field("内容"),
            "closed_at": Field("处理时间"),
            "closed_by": Field("处理人"),
            "reason": Field("理由"),
        },
        name=lambda record: str(record.sentence)[:LONGEST_NAME],
        creation_verb=lambda _values: "found",
        edit_verb=discrepancy_verb,
    ),
)
