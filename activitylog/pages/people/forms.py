"""The form of a person: name, role, administration of accounts and projects."""

from wtforms import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from activitylog.accounts.rules import (
    MAX_NAME_LENGTH,
    MAY_HAVE_ALL_PROJECTS,
    PERMISSION_LABELS,
    ROLE_LABELS,
    Permission,
    Role,
)
from activitylog.web.forms import VersionedForm, at_most, required


class PersonForm(VersionedForm):
    """A person's name, role, whether they administer accounts, and the projects of who sees some only."""

    name = StringField(
        "姓名",
        description="登录时填的就是它，建议用真实姓名。",
        validators=[required("姓名"), at_most("姓名", MAX_NAME_LENGTH)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role = RadioField(
        "角色",
        description="经手活动、指标和账目的哪些事。",
        choices={role.value: label for role, label in ROLE_LABELS.items()},
        default=Role.ORGANIZER.value,
        validators=[required("角色", verb="选择")],
    )
    administers_accounts = BooleanField(
        "管理账号",
        description=f"{PERMISSION_LABELS[Permission.MANAGE_PEOPLE]}。与角色无关，不因此看到业务内容。",
    )
    has_all_projects = BooleanField("全部项目", description="项目负责人管全部项目，新的年度和项目也在内。")
    projects = SelectMultipleField(
        "所在项目",
        description="活动组织者和项目负责人只看得到所在的项目，上级项目包括其下级；其他角色不用选。",
        validate_choice=False,
    )

    def validate_projects(self, field: SelectMultipleField) -> None:
        """A manager has all projects or some; who has none yet would see an empty system."""
        if self.role.data in MAY_HAVE_ALL_PROJECTS and not (self.has_all_projects.data or field.data):
            raise ValidationError("请选择项目负责人所在的项目，或勾选“全部项目”。")
