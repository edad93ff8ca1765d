"""The form of a judgement: grade, ratio, reason, evidence and files."""

from collections.abc import Sequence
from typing import Any

from wtforms import MultipleFileField, RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import Optional

from activitylog.files.forms import pending_value
from activitylog.files.operations import StoredDocument
from activitylog.indicators.judgements.operations import LONGEST_TEXT
from activitylog.indicators.judgements.rules import BANDS, GRADE_LABELS, Grade
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
    stored_files = SelectMultipleField("已有的材料", choices=[], validate_choice=False)
    files = MultipleFileField("材料文件")

    def __init__(self, *arguments: Any, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.unusable: list[str] = []  # of files that were sent, why they cannot be used

    def offer_stored_files(self, documents: Sequence[StoredDocument]) -> None:
        """Offer these files, already stored, as ticked; a person unticks those to leave out."""
        self.stored_files.choices = [(pending_value(document), document.name) for document in documents]
        self.stored_files.data = [value for value, _ in self.stored_files.choices]

    def validate(self, extra_validators: object = None) -> bool:
        super().validate(extra_validators)
        self.files.errors = list(self.unusable)
        if self.grade.data not in set(Grade):
            self.grade.errors = ["请选择等级。"]
        return not self.errors
