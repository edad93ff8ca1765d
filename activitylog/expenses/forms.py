"""The form of an expense."""

from wtforms import HiddenField, StringField
from wtforms.validators import Optional

from activitylog.web.forms import BaseForm, DayField, MoneyField, at_most, required


class ExpenseForm(BaseForm):
    """One payment and its planned amount."""

    summary = StringField(
        "摘要", validators=[required("摘要"), at_most("摘要", 200)], render_kw={"placeholder": "如 场地租赁"}
    )
    planned_fen = MoneyField("计划金额", validators=[required("计划金额")])
    paid_fen = MoneyField("实付金额", validators=[required("实付金额")])
    paid_on = DayField("支付日期", validators=[required("支付日期")])
    activity = StringField(
        "活动编号",
        default="",
        validators=[Optional(), at_most("活动编号", 40)],
        description="属于某一场活动的支出才填，如 2024-0001。",
    )
    seen = HiddenField(default="")
