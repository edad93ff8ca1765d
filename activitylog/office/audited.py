"""The audited fields of what an office sets."""

from hashlib import sha256

from activitylog.audit.registry import Audited, Field
from activitylog.office.models import OfficeSetting
from activitylog.office.rules import EDITABLE, SEALED

LONGEST_VALUE = 120


def _value_text(value: str) -> str:
    """A picture is recorded as one, not by its bytes; a secret by a digest of what is stored."""
    if value.startswith(SEALED):
        return f"（保密，指纹 {sha256(value.encode()).hexdigest()[:12]}）"
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
