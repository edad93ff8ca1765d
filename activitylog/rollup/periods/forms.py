"""The form of a reopening: reason and last day."""

from datetime import date, datetime, timedelta
from typing import cast

from wtforms import TextAreaField

from activitylog.core.period import start_of_day
from activitylog.web.forms import BaseForm, DayField, at_most, required


class ReopenForm(BaseForm):
    """The reason and the last day of a reopening."""

    reason = TextAreaField("反结账的理由", validators=[required("反结账的理由"), at_most("理由", 500)])
    until = DayField(
        "开放到", validators=[required("开放到哪一天")], description="到期还没有结账的，会自动汇总并结账。"
    )

    def opened_until(self) -> datetime:
        """The end of the last day, in a validated form."""
        return start_of_day(cast(date, self.until.data) + timedelta(days=1))
