"""The form of an expense."""

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, StringField
from wtforms.validators import Optional

from activitylog.web.forms import ConfirmField, DayField, MoneyField, VersionedForm, at_most, required


class ExpenseForm(VersionedForm):
    """One payment and its planned amount; its kind is one of those used before, a new word, or none."""

    summary = StringField(
        "摘要", validators=[required("摘要"), at_most("摘要", 200)], render_kw={"placeholder": "如 场地租赁"}
    )
    expense_kind = RadioField("支出类别", default="", validators=[Optional()], validate_choice=False)
    other_kind = StringField(
        "其他类别",
        default="",
        validators=[Optional(), at_most("其他类别", 40)],
        description="上面没有的才填；分项成本按类别计数，同一类请用同一个词。",
    )
    planned_fen = MoneyField("计划金额", validators=[required("计划金额")])
    paid_fen = MoneyField("实付金额", validators=[required("实付金额")])
    amounts_confirmed = ConfirmField("金额没有写错")
    paid_on = DayField("支付日期", validators=[required("支付日期")])
    activity = StringField(
        "活动编号",
        default="",
        validators=[Optional(), at_most("活动编号", 40)],
        description="属于某一场活动的支出才填，如 2024-0001。",
    )

    def __init__(self, *args: Any, kinds: Sequence[str], **values: Any) -> None:
        super().__init__(*args, **values)
        self.expense_kind.choices = [("", "不分类"), *((kind, kind) for kind in kinds)]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.expense_kind.data and self.other_kind.data:
            self.other_kind.errors = [
                f"上面已选“{self.expense_kind.data}”，类别只能有一个，请清空这一栏或改选“不分类”。"
            ]
        return not self.errors

    @property
    def chosen_kind(self) -> str:
        return str(self.other_kind.data or self.expense_kind.data or "")
