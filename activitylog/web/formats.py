"""Template filters that print numbers, money, days and moments."""

from datetime import date, datetime, time
from decimal import Decimal

from flask import Flask

from activitylog.core.money import yuan_text
from activitylog.core.period import SHANGHAI, day_label
from activitylog.core.rounding import percent_text


def number(value: int | Decimal | None) -> str:
    """Thousands separators; None is a dash, never a zero."""
    return "—" if value is None else f"{value:,}"


def yuan(fen: int | None) -> str:
    """Integer fen as 元 with two decimals."""
    return "—" if fen is None else yuan_text(fen)


def percent(part: int, whole: int) -> str:
    """Part of whole in per cent, one decimal; a dash when there is no whole."""
    return percent_text(part, whole, places=1)


def moment(value: datetime | None) -> str:
    """Year to minute in Shanghai."""
    return "—" if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def day(value: date | None, at: time | None = None) -> str:
    """6月12日 周三, with the time of day where there is one: 6月12日 周三 14:30."""
    return "—" if value is None else day_label(value, at)


def full_day(value: date | None, at: time | None = None) -> str:
    """2024年6月12日 周三, and the time."""
    return "—" if value is None else f"{value.year}年{day_label(value, at)}"


def clock(value: time | None) -> str:
    """14:30; nothing where the time is not known."""
    return f"{value:%H:%M}" if value else ""


def web_link(text: str) -> str:
    """The text where a page may make a link of it: only an http(s) address, "" for anything else."""
    return text if text.lower().startswith(("http://", "https://")) else ""


def register(app: Flask) -> None:
    for filter_ in (number, yuan, moment, day, full_day, clock, web_link):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.globals["percent"] = percent
