"""The forms of a monthly plan and of a target adjustment."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import Field, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import TextInput

from activitylog.core.text.words import clean_text
from activitylog.indicators.status import MONTHS
from activitylog.indicators.targets.operations import LONGEST_REASON, LONGEST_REFERENCE, Adjustment
from activitylog.projects.declaration.document import plain_number as written
from activitylog.web.forms import BaseForm, DayField, VersionedForm, at_most, required, typed_figure

_FIGURE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
ADJUSTMENT = ("target", "reference", "adjusted_on", "reason")


class DecimalField(Field):
    """A figure of zero or more with up to four decimals; `data` is a Decimal, empty is None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else written(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        texts = [clean_text(text).removesuffix("%").removesuffix("％") for text in valuelist]
        text = typed_figure(self, texts, expected="不小于 0 的数，如 12 或 1.5")
        if not text:
            return
        if not _FIGURE.fullmatch(text):
            raise ValueError(f"{self.label.text}应为不小于 0 的数，如 12 或 1.5。")
        self.data = Decimal(written(Decimal(text)))


class PlanForm(VersionedForm):
    """The cumulative figure due by the end of each month."""

    @property
    def months(self) -> list[Any]:
        return [self[f"month_{month}"] for month in range(1, MONTHS + 1)]

    @property
    def cumulative(self) -> list[Decimal]:
        """The twelve figures; only after `validate`."""
        return [field.data for field in self.months]


for _month in range(1, MONTHS + 1):
    _validators: list[InputRequired] = [required(f"{_month}月的累计数")]
    setattr(PlanForm, f"month_{_month}", DecimalField(f"{_month}月", validators=_validators))


def form_values(cumulative: Sequence[Decimal]) -> dict[str, Decimal]:
    """The form's values of a plan."""
    return {f"month_{month}": figure for month, figure in enumerate(cumulative, start=1)}


class TargetForm(BaseForm):
    """A target adjustment by a document."""

    target = DecimalField("调整后的指标值", validators=[required("调整后的指标值")])
    adjusted_on = DayField(
        "调整日期", validators=[required("调整日期")], description="从这一天所在的月份起用新的指标值。"
    )
    reference = StringField(
        "调整文号", validators=[required("调整文号"), at_most("调整文号", LONGEST_REFERENCE)]
    )
    reason = TextAreaField("调整理由", validators=[required("调整理由"), at_most("调整理由", LONGEST_REASON)])

    @property
    def details(self) -> Adjustment:
        """The adjustment filled in; only after `validate`."""
        return Adjustment(**{name: self[name].data for name in ADJUSTMENT})
