"""The shared form fields with valid and invalid input."""

import datetime
import time
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import Form, PasswordField, RadioField, StringField, TextAreaField

from activitylog.web.forms import (
    BaseForm,
    ClockField,
    CountField,
    DayField,
    MoneyField,
    required,
)


class Asked(Form):
    """One of each number field."""

    heads = CountField("现场人数")
    paid = MoneyField("实付金额")
    start = ClockField("开始时间")


class Named(BaseForm):
    """A form as pages have it."""

    title = StringField("名称")
    kind = RadioField("类别", validate_choice=False)
    password = PasswordField("密码")


class Due(BaseForm):
    """What must be answered."""

    day = DayField("期限", validators=[required("期限")])
    reason = StringField("理由", validators=[required("理由")])


def typed(**fields: str) -> Asked:
    form = Asked(MultiDict(fields))
    form.validate()
    return form


@pytest.mark.parametrize("text", ["1E999990", "1E+999999999", "1E-999999999"])
def test_an_exponent_costs_no_time(text: str) -> None:
    started = time.perf_counter()
    assert typed(paid=text).paid.errors == ["实付金额应为金额，如 1234.50（元）。"]
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("14:30", (14, 30)),
        ("14:30:59", (14, 30)),
        (" 9：05 ", (9, 5)),
        ("9点", (9, 0)),
        ("9点半", (9, 30)),
        ("14时05分", (14, 5)),
    ],
)
def test_a_time_of_day_is_read_to_the_minute(text: str, minute: tuple[int, int]) -> None:
    form = typed(start=text)
    assert (form.start.data, form.errors) == (datetime.time(*minute), {})


@pytest.mark.parametrize("text", ["24:00", "9:60", "14", "1:5", "下午", "9点61分", "三点"])
def test_what_no_clock_shows_is_refused_in_a_sentence(text: str) -> None:
    said = f"开始时间“{text}”不是有效时间，请按 24 小时制写成如 14:30。"
    assert typed(start=text).start.errors == [said]


def test_a_time_nobody_gave_is_none_and_a_stored_one_is_offered_as_clocks_show_it() -> None:
    assert typed(start="  ").start.data is None
    assert 'value="09:05"' in Asked(data={"start": datetime.time(9, 5)}).start()


@pytest.mark.parametrize("text", ["10000001", "9" * 6000])
def test_more_heads_than_people_is_refused_in_a_sentence(text: str) -> None:
    assert typed(heads=text).heads.errors == ["现场人数不能超过 10,000,000，请核对。"]


def test_leading_zeros_are_no_matter() -> None:
    assert typed(heads="0" * 6000 + "12").heads.data == 12
    assert typed(heads="10,000,000").heads.data == 10_000_000


@pytest.mark.parametrize("blank", ["", "   ", "\u3000"])
def test_blanks_are_no_answer_to_what_is_required(app: Flask, blank: str) -> None:
    with app.test_request_context("/", method="POST", data={"day": blank, "reason": blank}):
        form = Due()
        assert not form.validate()
        assert form.errors == {"day": ["请填写期限。"], "reason": ["请填写理由。"]}


@pytest.mark.parametrize("text", ["后天", "2023-02-29", "0000-01-01"])
def test_a_wrong_answer_is_told_as_wrong_not_as_missing(app: Flask, text: str) -> None:
    with app.test_request_context("/", method="POST", data={"day": text, "reason": "漏记"}):
        form = Due()
        assert not form.validate()
        assert form.errors == {"day": [f"期限“{text}”不是有效日期，请写成如 2024-06-03。"]}


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "9999-12-31"])
def test_a_year_without_months_is_told_as_out_of_range(app: Flask, text: str) -> None:
    with app.test_request_context("/", method="POST", data={"day": text, "reason": "漏记"}):
        form = Due()
        assert not form.validate()
        assert form.errors == {"day": [f"期限“{text}”的年份超出范围，应在 1900 到 9998 年之间。"]}


@pytest.mark.parametrize("name", ["title", "kind"])
def test_control_characters_are_left_out(app: Flask, name: str) -> None:
    with app.test_request_context("/", method="POST", data={name: " 甲\x00\x07乙 "}):
        assert Named()[name].data == "甲乙"


def test_a_password_is_taken_as_typed(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"password": " Abcd1234! "}):
        assert Named().password.data == " Abcd1234! "


def test_a_file_in_the_place_of_a_text_is_no_answer(app: Flask) -> None:
    sent = {"title": (BytesIO(b"x"), "x.txt"), "other": "1"}
    with app.test_request_context("/", method="POST", data=sent):
        form = Named()
        form.validate()
        assert not form.title.data


def test_json_is_no_form(app: Flask) -> None:
    with app.test_request_context("/", method="POST", json={"title": 1}):
        form = Named()
        form.validate()
        assert not form.title.data


@pytest.mark.parametrize(
    ("posted", "title"),
    [
        ("天文课\r\n第二场", "天文课 第二场"),
        ("天文\u202e课\u2066", "天文课"),
        ("天文课\u2028第二场\t下午", "天文课 第二场 下午"),
    ],
)
def test_a_field_of_one_line_gives_a_text_on_one_line(app: Flask, posted: str, title: str) -> None:
    with app.test_request_context(method="POST", data={"title": posted, "reason": "", "note": posted}):
        form = Noted()
        assert (form.title.data, "\n" in form.note.data) == (title, "\r\n" in posted)


class Noted(Named):
    """A form with a longer text as well."""

    note = TextAreaField("备注")
