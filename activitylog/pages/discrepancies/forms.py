"""The form that closes discrepancies."""

from wtforms import SelectMultipleField, TextAreaField

from activitylog.audit.discrepancies.rules import LONGEST_REASON
from activitylog.web.forms import BaseForm, at_most, required

LARGEST_ID = 2**31 - 1


class SettlementForm(BaseForm):
    """Discrepancies by number, and what was found out about them."""

    discrepancy = SelectMultipleField(coerce=str, validate_choice=False)
    reason = TextAreaField(
        "核对结果和理由", validators=[required("核对结果和理由"), at_most("理由", LONGEST_REASON)]
    )

    @property
    def ids(self) -> set[int]:
        """The posted numbers, without those that cannot be one."""
        given = (int(each) for each in self.discrepancy.data or () if each.isdecimal() and len(each) < 11)
        return {number for number in given if number <= LARGEST_ID}
