"""The sign-in form."""

from wtforms import BooleanField, HiddenField, PasswordField, StringField

from activitylog.accounts.rules import MAX_NAME_LENGTH, MAX_PASSWORD_LENGTH
from activitylog.web.forms import BaseForm, at_most, required


class SignInForm(BaseForm):
    """Name and password."""

    name = StringField(
        "姓名",
        validators=[required("姓名"), at_most("姓名", MAX_NAME_LENGTH)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "密码",
        validators=[required("密码"), at_most("密码", MAX_PASSWORD_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )
    stay = BooleanField("在这台手机上保持登录")
    next = HiddenField()
