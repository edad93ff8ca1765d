"""The form for a survey's access rule."""

from wtforms import RadioField

from activitylog.surveys.rules import CODE_RULE_LABELS, CodeRule
from activitylog.web.forms import BaseForm, required


class AccessForm(BaseForm):
    """Whether a survey requires the screen code."""

    code_rule = RadioField(
        "现场动态码",
        choices={rule.value: label for rule, label in CODE_RULE_LABELS.items()},
        default=CodeRule.OFF.value,
        validators=[required("一项", verb="选择")],
        invalid_choice_message="请从三项中选择一项。",
    )
