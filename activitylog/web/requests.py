"""What a request brings: bounded size, JSON or page, safe addresses, display preferences in a cookie."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask_login import current_user

from activitylog.core.database import db, start_writing
from activitylog.errors import BadInput
from activitylog.settings import Settings

LARGEST_RECORD_NUMBER = 2**31 - 1  # that a database key can hold


def bounded_int(text: str) -> int:
    """A whole number that a column can hold, as the `type` of an argument; others give its default."""
    number = int(text) if len(text) <= len(str(LARGEST_RECORD_NUMBER)) + 1 else None
    if number is None or abs(number) > LARGEST_RECORD_NUMBER:
        raise ValueError(text[:20])
    return number


def current_settings() -> Settings:
    """The settings in force at this request: the environment's, else those set by page."""
    return cast(Settings, current_app.extensions["current_settings"].now())


def wants_json() -> bool:
    """Whether the request prefers JSON to HTML; without a preference it gets the page."""
    accepted = request.accept_mimetypes
    return bool(accepted["application/json"] > accepted["text/html"])


def local_address(address: str | None) -> str | None:
    """The address when it is a path of this application, else None: no redirect leads to another site."""
    is_path = address is not None and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", address)
    return address if is_path else None


View = TypeVar("View", bound=Callable[..., Any])
LARGEST_FORM = 4 * 1024 * 1024  # bytes of a form without files
LARGEST_FROM_STRANGERS = 64 * 1024  # bytes of a form of who is not signed in
FORM_FIELDS = 64 * 1024  # bytes that may come beside the files
MOST_FILES = 64  # parts of a form that takes files: fields and files
WORKBOOK = "xlsx"  # the value of `format` by which a list's page becomes a workbook
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def takes_files(*, largest: int, largest_text: int = 0) -> Callable[[View], View]:
    """Decorates a view that takes files: up to `largest` bytes, and it calls `start_writing` itself.

    It checks the files first, then calls `start_writing` and reads every record again. `largest_text` is in
    bytes, where a field that is no file may be larger than usual.
    """

    def mark(view: View) -> View:
        view.largest_body = largest + FORM_FIELDS  # type: ignore[attr-defined]
        view.largest_text = largest_text  # type: ignore[attr-defined]
        return works_first(view)

    return mark


def works_first(view: View) -> View:
    """Decorates a view that does slow work before it calls `start_writing` itself."""
    view.works_first = True  # type: ignore[attr-defined]
    return view


def _read_request() -> None:
    """Before every request: bound what it brings, and read it while nothing is held."""
    if any("\0" in text for text in request.args.values()):
        raise BadInput("网址里有不能用的字符，请从页面上的链接重新进入。")  # PostgreSQL takes none in texts
    if request.method in SAFE_METHODS:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    largest, largest_text = getattr(view, "largest_body", None), getattr(view, "largest_text", 0)
    if not current_user.is_authenticated:
        request.max_content_length = request.max_form_memory_size = LARGEST_FROM_STRANGERS
    if largest is None:
        request.get_data(parse_form_data=True)
    elif current_user.is_authenticated:
        request.max_content_length = largest
        request.max_form_parts = MOST_FILES
        if largest_text:
            request.max_form_memory_size = largest_text


def begin_write() -> None:
    """Before every request that may write, once token and permission are checked: start writing."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method not in SAFE_METHODS and not getattr(view, "works_first", False):
        start_writing(db.session())


def opens_no_files() -> bool:
    """Whether the request comes from inside WeChat or WeCom, which open and save no files."""
    return re.search("MicroMessenger|wxwork", request.user_agent.string) is not None


def wants_workbook() -> bool:
    """Whether the address asks for the page's list as an Excel workbook, with the filters it has."""
    return request.args.get("format") == WORKBOOK


def register(app: Flask) -> None:
    app.before_request(_read_request)
    app.jinja_env.globals["opens_no_files"] = opens_no_files


COOKIE = "look"
COOKIE_SECONDS = 365 * 24 * 3600  # seconds
THEMES = {"": "跟随设备", "light": "浅色", "dark": "深色"}
SIZES = {"": "标准", "large": "大字"}


@dataclass(frozen=True, slots=True)
class DisplayPreferences:
    """The size of type and the theme; empty means the device's default."""

    size: str = ""
    theme: str = ""

    def choices(self, name: str) -> list[tuple[str, str, bool]]:
        """The choices of `size` or `theme`: value, label, and whether it is chosen."""
        words = {"size": SIZES, "theme": THEMES}[name]
        return [(value, word, value == getattr(self, name)) for value, word in words.items()]

    def __str__(self) -> str:
        return f"{self.size}.{self.theme}"


def preferences_of(cookie: str | None) -> DisplayPreferences:
    """The preferences of the cookie; invalid values become the device's default."""
    size, _, theme = (cookie or "").partition(".")
    return DisplayPreferences(size if size in SIZES else "", theme if theme in THEMES else "")
