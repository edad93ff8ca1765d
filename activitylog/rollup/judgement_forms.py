"""Asking for a grade, its ratio, and what it rests on."""

from wtforms import RadioField, TextAreaField
from wtforms.validators import Optional

from activitylog.rollup.grades import BANDS, GRADE_LABELS, Grade
from activitylog.rollup.judging import LONGEST_TEXT
from activitylog.web.forms import BaseForm, CountField, at_most, required

_CHOICES = {grade.value: f"{GRADE_LABELS[grade]}（{BANDS[grade][0]}%–{BANDS[grade][1]}%）" for grade in Grade}


class JudgementForm(BaseForm):
    """One judgement of one month."""

    grade = RadioField("等级", choices=_CHOICES, validate_choice=False)
    ratio = CountField(
        "得分比例",
        validators=[required("得分比例")],
        description="占本指标分值的百分比，在所选等级的范围内。",
    )
    reason = TextAreaField("理由", default="", validators=[Optional(), at_most("理由", LONGEST_TEXT)])
    evidence = TextAreaField("依据", default="", validators=[Optional(), at_most("依据", LONGEST_TEXT)])

    def validate(self, extra_validators: object = None) -> bool:
        super().validate(extra_validators)
        if self.grade.data not in set(Grade):
            self.grade.errors = ["请选择等级。"]
        return not self.errors
