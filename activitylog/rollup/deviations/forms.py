"""The form of a deviation: cause, explanation, and the forecast of the year's end."""

from typing import Any

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from activitylog.indicators.targets.forms import DecimalField
from activitylog.rollup.deviations.rules import (
    CAUSE_LABELS,
    LIKELIHOOD_LABELS,
    LONGEST_EXPLANATION,
    LONGEST_WORD,
    Cause,
    Explanation,
    Likelihood,
)
from activitylog.web.forms import BaseForm, at_most

FORECAST = "全年预计完成值"


class SignedField(DecimalField):
    """A figure that may be negative, such as a cost saving."""

    def process_formdata(self, valuelist: Any) -> None:
        text = valuelist[0].strip() if valuelist else ""
        is_negative = text[:1] in {"-", "−", "－"}
        super().process_formdata([text[1:]] if is_negative else valuelist)
        if is_negative and self.data is not None:
            self.data = -self.data


class DeviationForm(BaseForm):
    """The deviation of one indicator at a month's end."""

    cause = RadioField(
        "偏差原因", choices={each.value: label for each, label in CAUSE_LABELS.items()}, validate_choice=False
    )
    explanation = TextAreaField(
        "说明", default="", validators=[Optional(), at_most("偏差原因的说明", LONGEST_EXPLANATION)]
    )
    likelihood = RadioField(
        "全年目标完成可能性",
        choices={each.value: label for each, label in LIKELIHOOD_LABELS.items()},
        validate_choice=False,
    )
    forecast = SignedField(FORECAST, validators=[Optional()])
    forecast_word = StringField(
        FORECAST, default="", validators=[Optional(), at_most(FORECAST, LONGEST_WORD)]
    )

    @property
    def details(self) -> Explanation:
        """The explanation filled in, unknown choices as None; only after `validate`."""
        return Explanation(
            cause=Cause(self.cause.data) if self.cause.data in set(Cause) else None,
            explanation=self.explanation.data or "",
            likelihood=Likelihood(self.likelihood.data) if self.likelihood.data in set(Likelihood) else None,
            forecast=self.forecast.data,
            forecast_word=self.forecast_word.data or "",
        )
