"""The form that turns on a second factor."""

from wtforms import HiddenField

from activitylog.accounts.forms import code_field
from activitylog.web.forms import BaseForm


class TurnOnForm(BaseForm):
    """The first code of the app; `sealed` is its secret, which only the server can read."""

    sealed = HiddenField()
    code = code_field(description="身份验证器里显示的 6 位数字，约 30 秒一换。")
