"""Reading one cell: what Excel or a hurried hand left there becomes a value of the column's kind."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from activitylog.activities.rules import STATUS_BY_LABEL
from activitylog.core.districts import find_district
from activitylog.core.money import LARGEST_FEN
from activitylog.core.period import business_day, business_time, moment_of
from activitylog.ledger.columns import Column, Kind
from activitylog.publicity.rules import NotALink, read_link
from activitylog.web.forms import LARGEST_COUNT

YEARS = range(1900, 9999)  # those a period can have
DUST = Decimal("0.000001")  # how far a binary fraction may lie beside the figure that was meant
DUST_OF_TIME = timedelta(seconds=0.5)  # how far it may lie before the minute that was meant
MIDNIGHT = time(0)

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SEPARATORS = re.compile(r"[、,，;；\n]")
_DISTRICT_SEPARATORS = re.compile(r"[、,，;；/／\n]")
_NOT_IN_NUMBERS = re.compile(r"[/?#%\\\n\t]")
_ADDRESSES_TAKEN = frozenset({"new", ".", ".."})
_FIGURE = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_DAY = r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
_TIME = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"
_ZONE = r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))"
_MOMENT = re.compile(rf"{_DAY}(?:[ T]*{_TIME}(?:{_ZONE})?)?")


class BadCell(ValueError):
    """A cell that cannot be read; the message says in Chinese what is wrong with it."""


class Moment(NamedTuple):
    """When something was published: the day in Shanghai and, where told, the moment in UTC."""

    on: date
    at: datetime | None


class Start(NamedTuple):
    """When something starts: the day and, where told, the minute in Shanghai; midnight tells none."""

    on: date
    at: time | None


def clean(text: str) -> str:
    """The text without what cannot be printed and without outer white space; line breaks and tabs stay."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n")).strip()


def folded(text: str) -> str:
    """The text as headings and names are compared: half-width and without white space."""
    return "".join(unicodedata.normalize("NFKC", clean(text)).split())


def text_of(value: object) -> str:
    """A cell as the person sees it, more or less."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return "" if value is None else str(value)


def read_cell(column: Column, value: object) -> Any:
    """The cell's value, or what a blank means in this column; raises BadCell."""
    if value == "" or value is None or (isinstance(value, str) and not clean(value)):
        return column.blank
    return _READERS[column.kind](column, value)


def _read_text(column: Column, value: object) -> str:
    text = text_of(value)
    if column.longest is not None and len(text) > column.longest:
        raise BadCell(f"“{column.heading}”有 {len(text)} 个字，太长了")
    return text


def _read_link(_column: Column, value: object) -> str:
    try:
        return read_link(text_of(value))
    except NotALink as fault:
        raise BadCell(str(fault)) from None


def _read_number(column: Column, value: object) -> str:
    number = _read_text(column, value)
    if _NOT_IN_NUMBERS.search(number):
        raise BadCell("活动编号里有不能用的字符")
    if number in _ADDRESSES_TAKEN:
        raise BadCell("这个活动编号系统另有用处")
    return number


def _read_names(column: Column, value: object) -> tuple[str, ...]:
    names = [clean(name) for name in _SEPARATORS.split(text_of(value))]
    for name in names:
        if column.longest is not None and len(name) > column.longest:
            raise BadCell(f"其中一项有 {len(name)} 个字，最多 {column.longest} 个字")
    return tuple(dict.fromkeys(name for name in names if name))


def _read_districts(_column: Column, value: object) -> tuple[str, ...]:
    codes: dict[str, None] = {}
    for part in _DISTRICT_SEPARATORS.split(text_of(value)):
        names = [part] if find_district(part) else part.split()
        for name in names:
            district = find_district(name)
            if district is None:
                raise BadCell(f"没有“{name}”这个区")
            codes[district.code] = None
    return tuple(codes)


def _read_day(column: Column, value: object) -> date:
    return _read_moment(column, value).on


def _read_start(column: Column, value: object) -> Start:
    moment = _read_moment(column, value)
    at = MIDNIGHT if moment.at is None else business_time(moment.at + DUST_OF_TIME)
    return Start(moment.on, None if at == MIDNIGHT else at)


def _read_moment(_column: Column, value: object) -> Moment:
    if isinstance(value, datetime):
        moment = _moment(value.date(), value.time())
    elif isinstance(value, date):
        moment = Moment(value, None)
    else:
        moment = _written_moment(value)
    if moment.on.year not in YEARS:
        raise BadCell(f"年份 {moment.on.year} 不对")
    return moment


def _written_moment(value: object) -> Moment:
    text = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise BadCell("不是日期")
    year, month, day, hour, minute, second, fraction, zulu, sign, zone_hours, zone_minutes = match.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return Moment(on, None)
        at = time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
        if not zulu and not sign:
            return _moment(on, at)
        offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
        moment = datetime.combine(on, at, UTC) - (-offset if sign == "-" else offset)
        return Moment(business_day(moment), moment)
    except (ValueError, OverflowError):
        raise BadCell("没有这一天或这个时刻") from None


def _moment(on: date, at: time) -> Moment:
    return Moment(on, moment_of(on, at))


def _figure(value: object) -> Decimal:
    if isinstance(value, bool):
        raise BadCell("不是数字")
    if isinstance(value, int | float):
        figure = Decimal(repr(value))
        if figure.is_finite():
            return figure
    text = unicodedata.normalize("NFKC", str(value)).strip().removeprefix("¥").removesuffix("元").strip()
    if not _FIGURE.fullmatch(text):
        raise BadCell("不是数字")
    return Decimal(text.replace(",", ""))


def _whole(figure: Decimal) -> int | None:
    """The whole number that was meant, None when the figure lies between two."""
    nearest = figure.to_integral_value()
    return int(nearest) if abs(figure - nearest) <= DUST else None


def _read_count(_column: Column, value: object) -> int:
    figure = _figure(value)
    count = _whole(figure) if abs(figure) <= LARGEST_COUNT else LARGEST_COUNT + 1
    if figure < 0:
        raise BadCell("不能小于 0")
    if count is None:
        raise BadCell("不是整数")
    if count > LARGEST_COUNT:
        raise BadCell(f"超过 {LARGEST_COUNT:,}，请核对")
    return count


def _read_money(_column: Column, value: object) -> int:
    figure = _figure(value)
    if figure < 0:
        raise BadCell("不能小于 0")
    if figure * 100 > LARGEST_FEN:
        raise BadCell("太大，请核对单位是否为元")
    fen = _whole(figure * 100)
    if fen is None:
        raise BadCell("不是到分为止的金额")
    return fen


def _read_yes_no(_column: Column, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = folded(text_of(value))
    if word not in {"是", "否"}:
        raise BadCell("不是“是”或“否”")
    return word == "是"


def _read_status(_column: Column, value: object) -> Any:
    status = STATUS_BY_LABEL.get(folded(text_of(value)))
    if status is None:
        raise BadCell("没有这种状态")
    return status


_READERS: dict[Kind, Callable[[Column, object], Any]] = {
    Kind.NUMBER: _read_number,
    Kind.TEXT: _read_text,
    Kind.LINK: _read_link,
    Kind.NAMES: _read_names,
    Kind.DISTRICTS: _read_districts,
    Kind.DAY: _read_day,
    Kind.START: _read_start,
    Kind.MOMENT: _read_moment,
    Kind.COUNT: _read_count,
    Kind.MONEY: _read_money,
    Kind.YES_NO: _read_yes_no,
    Kind.STATUS: _read_status,
}
