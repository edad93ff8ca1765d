"""The form of a loan."""

from wtforms import HiddenField, StringField

from activitylog.web.forms import BaseForm, CountField, DayField, at_most, required


class LoanForm(BaseForm):
    """Exhibits lent on one day."""

    borrower = StringField("借用单位", validators=[required("借用单位"), at_most("借用单位", 80)])
    pieces = CountField("件数", validators=[required("件数")])
    lent_on = DayField("借出日期", validators=[required("借出日期")])
    seen = HiddenField(default="")
