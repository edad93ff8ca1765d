"""What an attendee's page posts, and the form for a pile of paper."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from wtforms import IntegerField, StringField
from wtforms.validators import NumberRange

from activitylog.surveys.bilingual import Bilingual
from activitylog.surveys.rules import DEFAULT_QUESTIONNAIRE, GRADE_FIELDS, Answer, Reading, read_answers
from activitylog.web.forms import BaseForm, CountField, DayField, at_most, clean_text, required

LARGEST_RECORD_NUMBER = 2**31 - 1  # that a database key can hold
STALE_PAGE = Bilingual(
    "这一页没有带上提交编号，可能打开得太久了；您的选择都还在，请再点一次提交。",
    "This page may have been open for too long. Your choices are still here: please submit once more.",
)
_TEXTS = tuple(question.key for question in DEFAULT_QUESTIONNAIRE.questions if question.type == "text")


@dataclass(frozen=True, slots=True)
class Submission:
    """One posted page: what can be stored, or a sentence per field; `values` are the fields as posted."""

    nonce: str
    reading: Reading
    values: Mapping[str, str]

    @property
    def errors(self) -> dict[str, str]:
        return self.reading.errors

    @property
    def overall(self) -> int:
        return int(self.reading.answers["overall"])

    @property
    def answers(self) -> dict[str, Answer]:
        return self.reading.answers


def read_submission(posted: Mapping[str, str]) -> Submission:
    """Without WTForms: half a millisecond per answer is what a full hall waits for."""
    values = {question.key: posted.get(question.key, "") for question in DEFAULT_QUESTIONNAIRE.questions}
    for key in _TEXTS:
        values[key] = clean_text(values[key]) or ""
    reading = read_answers(values)
    nonce = _canonical(posted.get("nonce", ""))
    if nonce is None:
        reading.errors["nonce"] = STALE_PAGE
    return Submission(nonce or str(uuid.uuid4()), reading, values)


def _canonical(text: str) -> str | None:
    """A UUID in its one usual spelling, so that a nonce cannot return in other letters."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return None


class PaperTallyForm(BaseForm):
    """Counts by grade from one pile of paper forms."""

    very_satisfied = CountField("非常满意")
    satisfied = CountField("满意")
    neutral = CountField("一般")
    dissatisfied = CountField("不满意")
    very_dissatisfied = CountField("非常不满意")
    recorded_on = DayField("登记日期", validators=[required("登记日期")])

    @property
    def counts(self) -> dict[str, int]:
        """Every grade's count; an empty box is none."""
        return {name: self[name].data or 0 for name in GRADE_FIELDS}


class WithdrawTallyForm(BaseForm):
    """Why a pile no longer counts."""

    tally_id = IntegerField(validators=[required("登记编号"), NumberRange(1, LARGEST_RECORD_NUMBER)])
    reason = StringField("撤回原因", validators=[required("撤回原因"), at_most("撤回原因", 200)])
