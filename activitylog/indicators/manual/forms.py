"""The form of a manual entry."""

import re
from collections.abc import Sequence

from wtforms import TextAreaField

from activitylog.indicators.manual.operations import LONGEST_TEXT
from activitylog.web.forms import BaseForm, CountField, DayField, at_most, required, typed_figure

_WHOLE = re.compile(r"-?[0-9]{1,12}")
_EXPECTED = "整数，如 12；更正多填的用负数，如 -3"


class SignedCountField(CountField):
    """A whole number, below zero for a correction; empty is None."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        text = typed_figure(self, valuelist, expected=_EXPECTED)
        if not text:
            return
        if not _WHOLE.fullmatch(text):
            raise ValueError(f"{self.label.text}应为{_EXPECTED}。")
        self.data = int(text)


class ManualEntryForm(BaseForm):
    """An amount with its day, the reason it is typed in, and its evidence."""

    amount = SignedCountField(
        "数量",
        validators=[required("数量")],
        description="每次填新增的数；更正以前多填的，填负数；确实没有发生的，填 0。",
    )
    entered_on = DayField("日期", validators=[required("日期")], description="计入这一天所在的月份。")
    reason = TextAreaField("说明", validators=[required("说明"), at_most("说明", LONGEST_TEXT)])
    evidence = TextAreaField("依据", validators=[required("依据"), at_most("依据", LONGEST_TEXT)])
