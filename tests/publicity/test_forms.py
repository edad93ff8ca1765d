"""The forms' values of typed and pasted input."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField

from activitylog.publicity.forms import MediaReportForm, MediaReportRow, PushForm, PushRow
from activitylog.web.forms import BaseForm


class RowsForm(BaseForm):
    pushes = FieldList(FormField(PushRow))
    reports = FieldList(FormField(MediaReportRow))


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    app = Flask("forms")
    app.config.update(SECRET_KEY="forms", WTF_CSRF_ENABLED=False, WTF_I18N_ENABLED=False)
    with app.test_request_context(method="POST"):
        yield


def test_pasted_text_becomes_its_link_and_title() -> None:
    form = PushForm(
        MultiDict({"link": " 【回顾】 https://mp.weixin.qq.com/s/abc 复制打开", "published_on": "2024-06-12"})
    )
    assert form.validate()
    assert (form.link.data, form.published_on.data) == ("https://mp.weixin.qq.com/s/abc", date(2024, 6, 12))
    assert (form.title.data, form.batch.data) == ("回顾", "")


def test_a_typed_title_is_not_replaced() -> None:
    form = PushForm(
        MultiDict({"link": "【回顾】 https://a.cn/1", "title": "天文课", "published_on": "2024-06-12"})
    )
    assert form.validate()
    assert form.title.data == "天文课"


def test_everything_lacking_is_reported_at_once_beside_its_field() -> None:
    form = MediaReportForm(MultiDict({"outlet": "报" * 81}))
    assert not form.validate()
    assert set(form.errors) == {"link", "outlet", "published_on"}


def test_what_is_no_link_is_reported_beside_it() -> None:
    form = PushForm(MultiDict({"link": "abc", "published_on": "2024-06-12"}))
    assert not form.validate()
    assert "没有认出链接" in form.errors["link"][0]


@pytest.mark.parametrize("row", [{}, {"published_on": "2024-06-12"}, {"link": "  "}])
def test_a_row_left_empty_is_valid_and_empty(row: dict[str, str]) -> None:
    form = RowsForm(MultiDict({"pushes-0-x": "", **{f"pushes-0-{name}": text for name, text in row.items()}}))
    assert form.validate()
    assert [entry.form.is_empty() for entry in form.pushes] == [True]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"link": "https://a.cn/1"}, {"published_on"}),
        ({"outlet": "解放日报", "published_on": "2024-06-12"}, {"link"}),
        ({"is_repost": "y"}, {"link", "published_on"}),
        ({"link": "没有链接", "published_on": "2024-06-12"}, {"link"}),
        ({"published_on": "2024-06-31"}, {"published_on"}),
    ],
)
def test_a_started_row_needs_the_item_and_its_day(row: dict[str, str], wrong: set[str]) -> None:
    form = RowsForm(MultiDict({f"reports-0-{name}": text for name, text in row.items()}))
    assert not form.validate()
    assert set(form.errors["reports"][0]) == wrong


def test_a_complete_row_is_valid() -> None:
    form = RowsForm(MultiDict({"pushes-0-title": "简讯", "pushes-0-published_on": "2024/6/12"}))
    assert form.validate()
    assert not form.pushes[0].form.is_empty()
