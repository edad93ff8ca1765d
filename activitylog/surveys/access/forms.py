"""The form that chooses how a survey is entered."""

from wtforms import RadioField

from activitylog.surveys.access_codes import CODE_RULE_LABELS, CodeRule
from activitylog.web.forms import BaseForm, required


class EntranceForm(BaseForm):
    """Whether a survey asks for the code on the screen."""

    code_rule = RadioField(
        "现场动态码",
        choices={rule.value: label for rule, label in CODE_RULE_LABELS.items()},
        default=CodeRule.OFF.value,
        validators=[required("一项", verb="选择")],
        invalid_choice_message="请从三项中选择一项。",
    )
