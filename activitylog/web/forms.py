"""The base of all forms, and fields for counts, money, days and times with Chinese error sentences."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, cast

from flask import Flask, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect, _FlaskFormCSRF, generate_csrf
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, IntegerField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import DateInput, TextInput, TimeInput

from activitylog.core.money import fen_of, yuan_of
from activitylog.core.text.dates import read_day, read_time
from activitylog.core.text.numbers import MisplacedSeparator, NotANumber, plain_figure
from activitylog.core.text.words import clean_text, one_line
from activitylog.errors import ActivityLogError
from activitylog.web.requests import bounded_int

_MASKED = "m."  # how a masked token begins
LARGEST_COUNT = 10_000_000
YEARS = range(1900, 9999)  # those that have months (period.py); a day more than 9999 holds is no date at all
LONGEST_NUMBER = 15  # digits: Python turns no more than some thousands into a number


def form_token() -> str:
    """The token of this session against forged forms, masked anew in every answer.

    So a page may be compressed although it shows what a request brought: its secret never repeats (BREACH).
    """
    token = generate_csrf()
    if g.get("masked_csrf", ("", ""))[0] != token:
        mask = secrets.token_bytes(len(token))
        covered = bytes(a ^ b for a, b in zip(token.encode(), mask, strict=True))
        g.masked_csrf = token, _MASKED + urlsafe_b64encode(mask + covered).decode()
    return cast(str, g.masked_csrf[1])


def unmasked(token: str | None) -> str | None:
    """The token below the mask; what is not masked, or not by us, as it is: it is checked afterwards."""
    if token is None or not token.startswith(_MASKED):
        return token
    try:
        both = urlsafe_b64decode(token.removeprefix(_MASKED))
        half = len(both) // 2
        return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=True)).decode("ascii")
    except ValueError:
        return token


class FormTokens(CSRFProtect):
    """Checks the token of every form, masked or not."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = form_token
        app.context_processor(lambda: {"csrf_token": form_token})

    def _get_csrf_token(self) -> str | None:
        return unmasked(super()._get_csrf_token())


csrf = FormTokens()


class _MaskedToken(_FlaskFormCSRF):
    def generate_csrf_token(self, _csrf_token_field: Any) -> str:
        return form_token()


class BaseForm(FlaskForm):
    """A form with Chinese messages; text fields other than passwords are cleaned.

    A field of one line gives a text on one line, whatever is posted.
    """

    class Meta(FlaskForm.Meta):
        locales = ("zh",)
        csrf_class = _MaskedToken

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if issubclass(unbound_field.field_class, (StringField, RadioField)) and not issubclass(
                unbound_field.field_class, PasswordField
            ):
                is_line = unbound_field.field_class is StringField
                clean = _cleaned_line if is_line else _cleaned
                options = {**options, "filters": (*unbound_field.kwargs.get("filters", ()), clean)}
            return unbound_field.bind(form=form, **options)

        def wrap_formdata(self, _form: Any, formdata: Any) -> MultiDict[str, str] | None:
            """Use the form's text values only: fields cannot read files or JSON."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return request.form or None

    def refuse(self, refusal: ActivityLogError) -> None:
        """Show a refused operation's sentence beside the field it names, else above the form."""
        if refusal.field is not None and refusal.field in self:
            self[refusal.field].errors = [*self[refusal.field].errors, str(refusal)]
        else:
            self.form_errors.append(str(refusal))


class VersionedForm(BaseForm):
    """A form of what is stored; `seen` is the token of the version it was filled from."""

    seen = HiddenField(default="")

    def refuse_save(self, refusal: ActivityLogError, *, token: str) -> None:
        """Show why it was not saved; saved once more, it is for the version of the token."""
        self.refuse(refusal)
        self.seen.data, self.seen.raw_data = token, None


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean_text(text)


def _cleaned_line(text: str | None) -> str | None:
    return None if text is None else one_line(text)


class Required(InputRequired):
    """A value is required; blanks count as none."""

    def __call__(self, form: Any, field: Any) -> None:
        if field.data == "" or not str((field.raw_data or [""])[0]).strip():
            field.raw_data = None
        super().__call__(form, field)


def required(thing: str, *, verb: str = "填写") -> Required:
    return Required(f"请{verb}{thing}。")


def at_most(thing: str, length: int) -> Length:
    return Length(max=length, message=f"{thing}最多 {length} 个字，请缩短。")


class ReasonForm(BaseForm):
    """The reason for which a record is withdrawn."""

    reason = StringField("理由", validators=[required("理由"), at_most("理由", 200)])


class ConfirmField(BooleanField):
    """A box that is shown once its form has asked."""


TAKEN, KEPT = "take", "keep"


class SuggestionField(RadioField):
    """Whether to take what its form suggests or to keep what was typed; shown once the form has asked."""

    def __init__(self, label: str, **options: Any) -> None:
        choices = {TAKEN: "是，改过来", KEPT: "不是，就用我填的"}
        super().__init__(label, choices=choices, validators=[Optional()], validate_choice=False, **options)


class CountField(Field):
    """A whole number of zero or more, full-width digits and thousands separators welcome; empty is None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        figure = typed_figure(self, valuelist, expected="不小于 0 的整数，如 120")
        if not figure:
            return
        if not figure.isdecimal():
            raise ValueError(f"{self.label.text}应为不小于 0 的整数，如 120。")
        if len(figure) > LONGEST_NUMBER or int(figure) > LARGEST_COUNT:
            raise ValueError(f"{self.label.text}不能超过 {LARGEST_COUNT:,}，请核对。")
        self.data = int(figure)


class MoneyField(Field):
    """An amount in 元 with at most two decimals; `data` is integer fen, empty is None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{yuan_of(self.data):.2f}"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if not valuelist or not clean_text(valuelist[0]):
            return
        try:
            self.data = fen_of(valuelist[0])
        except ValueError as error:
            raise ValueError(f"{self.label.text}{error}") from None


class DayField(Field):
    """A day as `YYYY-MM-DD`, also written 2024/6/3 or 2024年6月3日; empty is None."""

    widget = DateInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.data.isoformat()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = clean_text(valuelist[0]) if valuelist else ""
        self.data = read_day(text)
        if not text:
            return
        if self.data is None:
            raise ValueError(f"{self.label.text}“{text}”不是有效日期，请写成如 2024-06-03。")
        if self.data.year not in YEARS:
            self.data = None
            years = f"{YEARS[0]} 到 {YEARS[-1]} 年"
            raise ValueError(f"{self.label.text}“{text}”的年份超出范围，应在 {years}之间。")


class ClockField(Field):
    """A time of day as `14:30`, also written 14：30, 14点半 or 14时05分; empty is None."""

    widget = TimeInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:%H:%M}"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = clean_text(valuelist[0]) if valuelist else ""
        self.data = read_time(text)
        if text and self.data is None:
            raise ValueError(f"{self.label.text}“{text}”不是有效时间，请按 24 小时制写成如 14:30。")


class RecordNumberField(IntegerField):
    """The number of a record, as a form carries it; a text that is none leaves the field empty."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if valuelist:
            try:
                self.data = bounded_int(valuelist[0].strip())
            except ValueError:
                raise ValueError("没有认出要办的是哪一条，请回到原来的页面，用页面上的按钮办理。") from None


def typed_figure(field: Field, valuelist: Sequence[str], *, expected: str) -> str:
    """The number typed into a field in plain digits, "" for a blank; the error says what was expected."""
    try:
        return plain_figure(valuelist[0]) if valuelist else ""
    except MisplacedSeparator as fault:
        raise ValueError(f"{field.label.text}{fault}；应为{expected}。") from None
    except NotANumber:
        raise ValueError(f"{field.label.text}应为{expected}。") from None


def record_version(text: str | None) -> int:
    """The version a form was made for; 0, which no record has, for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
