"""The form of a questionnaire: the compulsory question, and a row for each of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Form, FormField, HiddenField, SelectField, StringField, TextAreaField

from activitylog.errors import ActivityLogError
from activitylog.surveys.questionnaires.drafting import MOST_QUESTIONS, DraftLine, choice_lines, english_of
from activitylog.surveys.questionnaires.rules import OVERALL, QUESTION_TYPES, Question
from activitylog.web.forms import BaseForm, CountField, VersionedForm
from activitylog.web.rows import RowList, refuse_in_row

SPARE_ROWS = 1
MOST_ROWS = 2 * MOST_QUESTIONS  # empty ones among them
PUBLISH = "publish"
_WITH_CHOICES = "、".join(kind.word for kind in QUESTION_TYPES.values() if kind.writes_choices)


class QuestionRow(Form):
    """One question; an empty row is ignored."""

    class Meta(BaseForm.Meta):
        csrf = False

    key = HiddenField()
    sentence = StringField("题目")
    english = StringField("英文题目", description="不填的，英文页面也显示中文。")
    type = SelectField(
        "题型",
        choices={name: kind.word for name, kind in QUESTION_TYPES.items()},
        invalid_choice_message="请从列表中选择题型。",
    )
    choices = TextAreaField(
        "选项", description=f"{_WITH_CHOICES}才填；每行一个，英文写在竖线后面，如：愿意 | Yes。"
    )
    place = CountField("排在第几", description="不填的排在最后。")


class QuestionRows(RowList):
    """The rows of questions; MOST_QUESTIONS is checked later, without the empty rows."""

    most = MOST_ROWS

    def too_many(self, count: int) -> str:
        return f"一次最多交 {MOST_ROWS} 行题目，现在有 {count} 行，请去掉空着的和多余的。"


class QuestionnaireForm(VersionedForm):
    """The draft of a questionnaire; `then` says whether to publish it at once."""

    then = HiddenField(default="")
    overall = StringField("总体满意度的题目")
    overall_english = StringField("英文题目", description="不填的，英文页面也显示中文。")
    questions = QuestionRows(FormField(QuestionRow), "其他题目", min_entries=SPARE_ROWS)

    @property
    def overall_line(self) -> DraftLine:
        return DraftLine(self.overall.data or "", self.overall_english.data or "", field=OVERALL)

    @property
    def lines(self) -> list[DraftLine]:
        """The rows sorted by `place`: at an equal place, a row moved up comes first, one moved down last."""
        numbered = list(enumerate(self.questions.entries, 1))
        return [_line(number, entry) for number, entry in sorted(numbered, key=_sort_key)]

    def refuse(self, refusal: ActivityLogError) -> None:
        """Add an error to its field, which may be in a row, as in `questions-0-choices`."""
        if not refuse_in_row(self, refusal, fallback="sentence"):
            super().refuse(refusal)


def _sort_key(numbered: tuple[int, Any]) -> tuple[int, int, int]:
    number, entry = numbered
    place = entry.form.place.data
    if place is None:
        return MOST_ROWS + 1, 0, number
    return place, (place > number) - (place < number), number


def _line(number: int, entry: Any) -> DraftLine:
    texts = ("sentence", "english", "type", "choices", "key")
    written = {name: getattr(entry.form, name).data or "" for name in texts}
    return DraftLine(**written, number=number, field=entry.name)


@dataclass(frozen=True, slots=True)
class QuestionValues:
    """The values of one row; of an empty one by default."""

    key: str = ""
    sentence: str = ""
    english: str = ""
    type: str | None = None
    choices: str = ""
    place: int | None = None

    @classmethod
    def of(cls, question: Question, place: int) -> "QuestionValues":
        has_own_choices = question.kind.writes_choices
        return cls(
            key=question.key,
            sentence=str(question.sentence),
            english=english_of(question.sentence),
            type=question.type,
            choices=choice_lines(question.choices) if has_own_choices else "",
            place=place,
        )


@dataclass(frozen=True, slots=True)
class QuestionnaireValues:
    """The values of the form, with spare rows at the end."""

    seen: str
    overall: str
    overall_english: str
    questions: Sequence[QuestionValues]

    @classmethod
    def of(cls, questions: Sequence[Question], *, seen: str) -> "QuestionnaireValues":
        overall, *others = questions
        rows = [QuestionValues.of(question, place) for place, question in enumerate(others, 1)]
        return cls(
            seen=seen,
            overall=str(overall.sentence),
            overall_english=english_of(overall.sentence),
            questions=rows + [QuestionValues()] * SPARE_ROWS,
        )
