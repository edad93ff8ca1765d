"""Reads an attendee's posted answers; the forms for paper tallies."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from werkzeug import Request
from werkzeug.exceptions import BadRequest
from wtforms import FileField, StringField
from wtforms.validators import NumberRange

from activitylog.core.text.words import clean_text
from activitylog.surveys.questionnaires.rules import Question, Questionnaire, Reading, read_answers
from activitylog.surveys.rules import GRADE_FIELDS, Answer, Bilingual
from activitylog.web.forms import (
    BaseForm,
    ConfirmField,
    CountField,
    DayField,
    RecordNumberField,
    at_most,
    required,
)
from activitylog.web.requests import LARGEST_RECORD_NUMBER

LARGEST_POST = 64 * 1024  # bytes
MOST_FIELDS = 100
STALE_PAGE = Bilingual(
    "这一页没有带上提交编号，可能打开得太久了；您的选择都还在，请再点一次提交。",
    "This page may have been open for too long. Your choices are still here: please submit once more.",
)
CHANGED_PAGE = Bilingual(
    "问卷刚刚换了新的，请看一下下面的选择，再点一次提交。",
    "The questions have changed. Please look at your choices below and submit once more.",
)

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Submission:
    """One posted page: its answers, or an error per field; `values` are the fields as posted.

    A missing or malformed `nonce` is an error, too, and "" here.
    """

    nonce: str
    questionnaire: Questionnaire
    reading: Reading
    values: Fields

    @property
    def errors(self) -> dict[str, str]:
        return self.reading.errors

    @property
    def overall(self) -> int:
        return self.reading.overall

    @property
    def answers(self) -> dict[str, Answer]:
        return self.reading.answers


def posted_fields(request: Request) -> Fields:
    """Every value of every field; raises BadRequest and RequestEntityTooLarge."""
    request.max_content_length = LARGEST_POST
    if request.mimetype == "multipart/form-data":  # sent by some clients, never by our page
        return request.form.to_dict(flat=False)
    body = request.get_data(cache=False).decode(errors="replace")
    try:
        return parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise BadRequest from error


def first_value(posted: Fields, name: str) -> str:
    """The first value posted under a name; "" when there is none."""
    return next(iter(posted.get(name, ())), "")


def read_submission(posted: Fields, questionnaire: Questionnaire) -> Submission:
    """The posted answers, read without WTForms, which would cost half a millisecond each."""
    values = {
        question.key: [clean_text(text) for text in posted.get(question.key, ())]
        for question in questionnaire.questions
    }
    reading = read_answers(values, questionnaire)
    nonce = _canonical(first_value(posted, "nonce"))
    if not nonce:
        reading.errors["nonce"] = STALE_PAGE
    return Submission(nonce, questionnaire, reading, values)


@dataclass(frozen=True, slots=True)
class Reason:
    """What was bad, in the words of who was dissatisfied, for the answer with the nonce; or an error."""

    nonce: str
    text: str
    error: str


def read_reason(posted: Fields) -> Reason:
    """The text as an answer to a text question is read."""
    text = clean_text(first_value(posted, REASON))
    reading = read_answers({REASON: [text]}, _REASON_ALONE)
    answer = reading.answers.get(REASON, "")
    return Reason(
        _canonical(first_value(posted, "nonce")), str(answer or text), reading.errors.get(REASON, "")
    )


REASON = "why"  # the field's name
_REASON_ALONE = Questionnaire("reason", (Question(REASON, "text", Bilingual("哪里不好？", "What was bad?")),))


def _canonical(text: str) -> str:
    """A UUID in its canonical spelling, so that one nonce has one spelling; "" when it is no UUID."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return ""


class PaperTallyForm(BaseForm):
    """Counts by grade from one pile of paper forms."""

    very_satisfied = CountField("非常满意")
    satisfied = CountField("满意")
    neutral = CountField("一般")
    dissatisfied = CountField("不满意")
    very_dissatisfied = CountField("非常不满意")
    heads_confirmed = ConfirmField("份数没有写错")
    recorded_on = DayField("登记日期", validators=[required("登记日期")])
    sheet = FileField("原表照片")

    @property
    def counts(self) -> dict[str, int]:
        """Every grade's count; an empty field counts as 0."""
        return {name: self[name].data or 0 for name in GRADE_FIELDS}


class WithdrawTallyForm(BaseForm):
    """The tally to withdraw and the reason."""

    tally_id = RecordNumberField(validators=[required("登记编号"), NumberRange(1, LARGEST_RECORD_NUMBER)])
    reason = StringField("撤回原因", validators=[required("撤回原因"), at_most("撤回原因", 200)])
