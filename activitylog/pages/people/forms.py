"""The form of a person: name, role and projects."""

from wtforms import RadioField, SelectMultipleField, StringField

from activitylog.accounts.rules import MAX_NAME_LENGTH, ROLE_LABELS, Role
from activitylog.web.forms import VersionedForm, at_most, required


class PersonForm(VersionedForm):
    """A person's name, role, and the projects of who sees their own only."""

    name = StringField(
        "姓名",
        description="登录时填的就是它，建议用真实姓名。",
        validators=[required("姓名"), at_most("姓名", MAX_NAME_LENGTH)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role = RadioField(
        "角色",
        choices={role.value: label for role, label in ROLE_LABELS.items()},
        default=Role.ORGANIZER.value,
        validators=[required("角色", verb="选择")],
    )
    projects = SelectMultipleField(
        "所在项目",
        description="活动组织者只看得到、只登记得了所在的项目；其他角色看得到全部项目，不用选。",
        validate_choice=False,
    )
