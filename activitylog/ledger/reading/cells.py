"""Reads one cell of a ledger workbook into a value of the column's kind."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from activitylog.activities.rules import STATUS_BY_LABEL
from activitylog.core.districts import find_district
from activitylog.core.money import LARGEST_FEN, without_money_signs
from activitylog.core.period import business_time, moment_of
from activitylog.core.text.dates import Moment, NotADay, read_moment
from activitylog.core.text.links import NotALink, read_link
from activitylog.core.text.numbers import NotANumber, read_figure
from activitylog.core.text.words import (
    OTHER_SEPARATORS,
    SEPARATORS,
    clean_text,
    one_line,
    read_name,
    read_number_of_record,
    read_title,
    read_word,
    split_list,
    word_key,
)
from activitylog.ledger.columns import CLEAR, CellKind, LedgerColumn
from activitylog.web.forms import LARGEST_COUNT

ERROR_PREFIX = "\ue000"  # a private-use character, followed by what Excel displays
DISPLAYED_PREFIX = "\U0010fffd"  # before a number, and again before what Excel displays of it
LARGEST_EXACT = 1e15  # Excel keeps fifteen digits of a number
NOT_CALCULATED = "公式"
YEARS = range(1900, 9999)  # that a period can have
ROUNDING_ERROR = Decimal("0.000001")  # of a binary fraction beside the decimal figure typed
TIME_ROUNDING_ERROR = timedelta(seconds=0.5)  # of Excel's fraction of a day, before the minute typed
MIDNIGHT = time(0)

_DISPLAYED = re.compile(rf"{DISPLAYED_PREFIX}([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?){DISPLAYED_PREFIX}")
_NOT_IN_NUMBERS = re.compile(r"[/?#%\\\n\t]")
_RESERVED_NUMBERS = frozenset({"new", ".", ".."})


class BadCell(ValueError):
    """A cell that cannot be read; the message says in Chinese what is wrong with it."""


class Start(NamedTuple):
    """When something starts: the day and, where given, the minute in Shanghai; midnight means no time."""

    on: date
    at: time | None


def cell_text(value: object) -> str:
    """The text of a cell, about as Excel displays it."""
    if isinstance(value, str):
        displayed = _DISPLAYED.match(value)
        return clean_text(value[displayed.end() :] if displayed else value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return "" if value is None else str(value)


def is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value[:1].isalnum() and not clean_text(value)
    return value is None


def is_clear(value: object) -> bool:
    """Whether the cell says that what is stored is to be emptied."""
    return isinstance(value, str) and CLEAR[0] in value and word_key(value) == CLEAR


def read_cell(column: LedgerColumn, value: object) -> Any:
    """The cell's value, or the column's blank for an empty cell and for 清空; raises BadCell."""
    if is_blank(value):
        return column.blank
    if is_clear(value):
        if not column.can_be_cleared:
            raise BadCell("这一列不能清空，要改请写上新的内容")
        return column.blank
    displayed = _DISPLAYED.match(value) if isinstance(value, str) else None
    if displayed and column.kind in _NUMERIC:
        value = float(displayed[1])
    return _READERS[column.kind](column, value)


def _written(value: object) -> str:
    """The text of a cell; refused where a number has lost digits before it came to us."""
    if isinstance(value, int | float) and abs(value) >= LARGEST_EXACT:
        raise BadCell("是超过 15 位的数字，Excel 已经丢了末尾几位；请把这一格的格式改为“文本”，重新填写")
    return cell_text(value)


def _read_text(column: LedgerColumn, value: object) -> str:
    return _limited(column, _written(value))


def _read_line(column: LedgerColumn, value: object) -> str:
    return _limited(column, one_line(_written(value)))


def _read_title(column: LedgerColumn, value: object) -> str:
    return _limited(column, read_title(_written(value)))


def _read_name(column: LedgerColumn, value: object) -> str:
    return _limited(column, read_name(_written(value)))


def _read_word(column: LedgerColumn, value: object) -> str:
    word = _limited(column, read_word(_written(value)))
    if column.choices and word not in column.choices:
        raise BadCell(f"没有“{word}”这种{column.heading}")
    return word


def _limited(column: LedgerColumn, text: str) -> str:
    if column.longest is not None and len(text) > column.longest:
        raise BadCell(f"“{column.heading}”有 {len(text)} 个字，太长了")
    return text


def _read_link(_column: LedgerColumn, value: object) -> str:
    try:
        return read_link(cell_text(value))
    except NotALink as fault:
        raise BadCell(str(fault)) from None


def _read_number(column: LedgerColumn, value: object) -> str:
    number = _limited(column, read_number_of_record(_written(value)))
    if _NOT_IN_NUMBERS.search(number):
        raise BadCell("活动编号里有不能用的字符")
    if number in _RESERVED_NUMBERS:
        raise BadCell("这个活动编号系统另有用处")
    return number


def _read_words(column: LedgerColumn, value: object) -> tuple[str, ...]:
    words = split_list(_written(value))
    for word in words:
        if column.longest is not None and len(word) > column.longest:
            raise BadCell(f"其中一项有 {len(word)} 个字，最多 {column.longest} 个字")
    return words


def _read_districts(_column: LedgerColumn, value: object) -> tuple[str, ...]:
    codes: dict[str, None] = {}
    for part in SEPARATORS.split(cell_text(value)):
        names = [part] if find_district(part) else OTHER_SEPARATORS.split(part)
        for name in filter(None, names):
            district = find_district(name)
            if district is None:
                raise BadCell(f"没有“{name}”这个区")
            codes[district.code] = None
    return tuple(codes)


def _read_day(column: LedgerColumn, value: object) -> date:
    return _read_moment(column, value).on


def _read_start(column: LedgerColumn, value: object) -> Start:
    moment = _read_moment(column, value)
    at = MIDNIGHT if moment.at is None else business_time(moment.at + TIME_ROUNDING_ERROR)
    return Start(moment.on, None if at == MIDNIGHT else at)


def _read_moment(_column: LedgerColumn, value: object) -> Moment:
    if isinstance(value, datetime):
        moment = _moment_of(value.date(), value.time())
    elif isinstance(value, date):
        moment = Moment(value, None)
    else:
        moment = _moment_from_text(value)
    if moment.on.year not in YEARS:
        raise BadCell(f"年份 {moment.on.year} 不对")
    return moment


def _moment_from_text(value: object) -> Moment:
    try:
        return read_moment(value if isinstance(value, str) else "")
    except NotADay as fault:
        raise BadCell(str(fault)) from None


def _moment_of(on: date, at: time) -> Moment:
    return Moment(on, moment_of(on, at))


def _figure(value: object, *, is_money: bool = False) -> Decimal:
    if isinstance(value, bool):
        raise BadCell("不是数字")
    if isinstance(value, int | float):
        figure = Decimal(repr(value))
        if figure.is_finite():
            return figure
    try:
        text = read_figure(without_money_signs(str(value)) if is_money else str(value))
    except NotANumber as fault:
        raise BadCell(str(fault)) from None
    if text is None:
        raise BadCell("不是数字")
    return text


def _nearest_whole(figure: Decimal) -> int | None:
    """The nearest whole number, None when the figure is further from it than ROUNDING_ERROR."""
    nearest = figure.to_integral_value()
    return int(nearest) if abs(figure - nearest) <= ROUNDING_ERROR else None


def _read_count(_column: LedgerColumn, value: object) -> int:
    figure = _figure(value)
    count = _nearest_whole(figure) if abs(figure) <= LARGEST_COUNT else LARGEST_COUNT + 1
    if figure < 0:
        raise BadCell("不能小于 0")
    if count is None:
        raise BadCell("不是整数")
    if count > LARGEST_COUNT:
        raise BadCell(f"超过 {LARGEST_COUNT:,}，请核对")
    return count


def _read_money(_column: LedgerColumn, value: object) -> int:
    figure = _figure(value, is_money=True)
    if figure < 0:
        raise BadCell("不能小于 0")
    if figure * 100 > LARGEST_FEN:
        raise BadCell("太大，请核对单位是否为元")
    fen = _nearest_whole(figure * 100)
    if fen is None:
        raise BadCell("不是到分为止的金额")
    return fen


def _read_yes_no(_column: LedgerColumn, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = word_key(cell_text(value))
    if word not in {"是", "否"}:
        raise BadCell("不是“是”或“否”")
    return word == "是"


def _read_status(_column: LedgerColumn, value: object) -> Any:
    status = STATUS_BY_LABEL.get(word_key(cell_text(value)))
    if status is None:
        raise BadCell("没有这种状态")
    return status


_NUMERIC = frozenset({CellKind.COUNT, CellKind.MONEY, CellKind.DAY, CellKind.START, CellKind.MOMENT})
_READERS: dict[CellKind, Callable[[LedgerColumn, object], Any]] = {
    CellKind.NUMBER: _read_number,
    CellKind.TEXT: _read_text,
    CellKind.LINE: _read_line,
    CellKind.TITLE: _read_title,
    CellKind.NAME: _read_name,
    CellKind.WORD: _read_word,
    CellKind.LINK: _read_link,
    CellKind.WORDS: _read_words,
    CellKind.DISTRICTS: _read_districts,
    CellKind.DAY: _read_day,
    CellKind.START: _read_start,
    CellKind.MOMENT: _read_moment,
    CellKind.COUNT: _read_count,
    CellKind.MONEY: _read_money,
    CellKind.YES_NO: _read_yes_no,
    CellKind.STATUS: _read_status,
}
