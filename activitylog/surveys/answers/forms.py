"""The form that excludes answers or includes them again."""

from wtforms import BooleanField, RadioField, SelectMultipleField, StringField

from activitylog.surveys.rules import ExclusionStep
from activitylog.web.forms import BaseForm, at_most, required

LARGEST_ANSWER_NUMBER = 2**63 - 1  # that a database key can hold


class ExclusionForm(BaseForm):
    """Answers by number, or all that match the page's filter, and what to do with them."""

    answer = SelectMultipleField(coerce=str, validate_choice=False)
    everything = BooleanField()
    step = RadioField(
        choices=[step.value for step in ExclusionStep],
        invalid_choice_message="请点“剔除”“核实无误”或“恢复计入”。",
    )
    reason = StringField("理由", validators=[required("理由"), at_most("理由", 200)])

    @property
    def numbers(self) -> list[int]:
        """The posted answer numbers, without those that cannot be one."""
        digits = (int(each) for each in self.answer.data or () if each.isdecimal() and len(each) < 20)
        return [number for number in digits if number <= LARGEST_ANSWER_NUMBER]
