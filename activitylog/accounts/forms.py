"""The forms for signing in and for passwords."""

from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo

from activitylog.accounts.rules import MAX_NAME_LENGTH, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from activitylog.web.forms import BaseForm, at_most, required

MAX_CODE_LENGTH = 40  # characters, with whatever separates them


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


def code_field(label: str = "验证码", description: str = "") -> StringField:
    """A code of the authenticator app, or a recovery code; both are digits."""
    return StringField(
        label,
        description=description or "身份验证器里现在显示的 6 位数字；手机不在身边时，填一个 12 位的恢复码。",
        validators=[required(label), at_most(label, MAX_CODE_LENGTH)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class CodeForm(BaseForm):
    """The second screen of signing in."""

    code = code_field()
    next = HiddenField()


def _present_password(label: str) -> PasswordField:
    return PasswordField(
        label,
        validators=[required(label), at_most(label, MAX_PASSWORD_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )


class ProofForm(BaseForm):
    """The password once more, and the code of who has a second factor."""

    password = _present_password("密码")
    code = code_field()


def _name(description: str = "") -> StringField:
    return StringField(
        "姓名",
        description=description,
        validators=[required("姓名"), at_most("姓名", MAX_NAME_LENGTH)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


def _new_password() -> PasswordField:
    return PasswordField(
        "新密码",
        description=f"至少 {MIN_PASSWORD_LENGTH} 个字符，混用小写字母、大写字母、数字、符号中的三类。",
        validators=[required("新密码"), at_most("密码", MAX_PASSWORD_LENGTH)],
        render_kw={"autocomplete": "new-password"},
    )


def _repeated_password() -> PasswordField:
    return PasswordField(
        "再填一次",
        validators=[
            required("新密码", verb="再填一次"),
            EqualTo("password", "两次填的密码不一样，请重新填写。"),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class ChosenPasswordForm(BaseForm):
    """The name to sign in with, and a new password, twice."""

    name = _name("请核对，登录时填的就是它。")
    password = _new_password()
    repeated = _repeated_password()


class ChangedPasswordForm(BaseForm):
    """The present password, and a new one, twice."""

    current = _present_password("现在的密码")
    password = _new_password()
    repeated = _repeated_password()


class NameForm(BaseForm):
    """The name a person signs in with."""

    name = _name("登录时填的就是它；以前登记的内容仍写着当时的姓名。")
