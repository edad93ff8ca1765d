"""The base of all forms, and fields for counts, money, days and times with Chinese error sentences."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import MultiDict
from wtforms import Field, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import DateInput, TextInput, TimeInput

from activitylog.core.money import fen_of, yuan_of
from activitylog.errors import ActivityLogError

csrf = CSRFProtect()  # tokens against forged forms
LARGEST_COUNT = 10_000_000
YEARS = range(1900, 9999)  # those that have months (period.py); a day more than 9999 holds is no date at all
LONGEST_NUMBER = 15  # digits: Python turns no more than some thousands into a number


class BaseForm(FlaskForm):
    """A form with Chinese messages; text fields other than passwords are cleaned by `clean_text`."""

    class Meta(FlaskForm.Meta):
        locales = ("zh",)

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if issubclass(unbound_field.field_class, (StringField, RadioField)) and not issubclass(
                unbound_field.field_class, PasswordField
            ):
                options = {**options, "filters": (*unbound_field.kwargs.get("filters", ()), clean_text)}
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


def clean_text(text: str | None) -> str | None:
    """The text without control characters (line breaks and tabs stay) and outer white space."""
    if text is None:
        return None
    characters = (c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(characters).strip()


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


class CountField(Field):
    """A whole number of zero or more, full-width digits and thousands separators welcome; empty is None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = plain_number(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        if not re.fullmatch(r"[0-9]+", text):
            raise ValueError(f"{self.label.text}应为不小于 0 的整数，如 120。")
        digits = text.lstrip("0") or "0"
        if len(digits) > LONGEST_NUMBER or int(digits) > LARGEST_COUNT:
            raise ValueError(f"{self.label.text}不能超过 {LARGEST_COUNT:,}，请核对。")
        self.data = int(digits)


class MoneyField(Field):
    """An amount in 元 with at most two decimals; `data` is integer fen, empty is None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{yuan_of(self.data):.2f}"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = plain_number(valuelist[0]).removesuffix("元") if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = fen_of(text)
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
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        match = re.fullmatch(r"([0-9]{4})[-/年.]([0-9]{1,2})[-/月.]([0-9]{1,2})日?", text)
        try:
            self.data = date(*(int(part) for part in match.groups())) if match else None
        except ValueError:
            self.data = None
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
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        self.data = time_of_day(text)
        if self.data is None:
            raise ValueError(f"{self.label.text}“{text}”不是有效时间，请按 24 小时制写成如 14:30。")


def record_version(text: str | None) -> int:
    """The version a form was made for; 0, which no record has, for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def plain_number(text: str) -> str:
    """Half-width digits without spaces and thousands separators."""
    return re.sub(r"[\s,，]", "", unicodedata.normalize("NFKC", text))


_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2})(?::[0-9]{2})?|[点时](?:([0-9]{1,2})分?|(半))?)")


def time_of_day(text: str) -> time | None:
    """The whole minute that was written; None when there is no such time."""
    match = _CLOCK.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    if match is None:
        return None
    hour, minute, spoken, half = match.groups()
    at = int(hour), 30 if half else int(minute or spoken or 0)
    return time(*at) if at < (24, 0) and at[1] < 60 else None
