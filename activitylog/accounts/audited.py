"""The audited fields of users."""

from activitylog.accounts.models import User
from activitylog.accounts.rules import ROLE_LABELS
from activitylog.audit.registry import Audited, Field, Values


def user_verb(_before: Values, after: Values) -> str:
    if "is_enabled" in after:
        return "enabled" if after["is_enabled"] else "disabled"
    return "edited"


AUDITED = (
    Audited(
        User,
        "user",
        "用户",
        {
            "name": Field("姓名"),
            "role": Field("角色", lambda role: ROLE_LABELS[role]),
            "is_enabled": Field("可以登录"),
        },
        name=lambda record: str(record.name),
        edit_verb=user_verb,
        secrets={"password_hash": "password_changed", "calendar_hash": "calendar_renewed"},
    ),
)
