"""The audited fields of users and of their identities at providers."""

from activitylog.accounts.models import Identity, User
from activitylog.accounts.rules import ADMINISTRATOR, ROLE_LABELS, Role
from activitylog.audit.registry import Audited, Field, RecordRef, Secret, Values


def _role_text(role: str) -> str:
    """The label of a role; that of an entry made while administering accounts was a role of its own."""
    return ADMINISTRATOR if role == "admin" else ROLE_LABELS[Role(role)]


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
            "role": Field("角色", _role_text),
            "administers_accounts": Field("管理账号"),
            "has_all_projects": Field("全部项目"),
            "is_enabled": Field("可以登录"),
        },
        name=lambda record: str(record.name),
        edit_verb=user_verb,
        secrets={
            "password_hash": Secret("密码", "password_changed"),
            "calendar_hash": Secret("日历链接", "calendar_renewed"),
        },
    ),
    Audited(
        Identity,
        "identity",
        "其他登录方式",
        {
            "user_id": Field("用户", refers_to=User.name),
            "provider": Field("登录处"),
            "subject": Field("那边的编号"),
            "name": Field("那边的姓名"),
            "gives_role": Field("角色随那边的组"),
        },
        name=lambda record: RecordRef(User.name, record.user_id),
        deleted_with=(Identity.user_id,),
    ),
)
