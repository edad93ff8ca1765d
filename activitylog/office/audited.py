"""The audited fields of what an office sets."""

from activitylog.audit.registry import Audited, Field
from activitylog.office.models import OfficeSetting
from activitylog.office.rules import EDITABLE

LONGEST_VALUE = 120


def _value_text(value: str) -> str:
    """A picture is recorded as one, not by its bytes."""
    return "（图片）" if value.startswith("data:") else value[:LONGEST_VALUE]


AUDITED = (
    Audited(
        OfficeSetting,
        "office_setting",
        "单位设置",
        {"value": Field("设为", _value_text)},
        name=lambda record: EDITABLE[record.name].label,
    ),
)
