"""Every refusal the product makes, each a sentence for the person who meets it.

ActivityLogError
├── BadInput            what was given cannot be used: exit code 2, HTTP 422; carries a list of Problem
│   ├── SettingsError   an environment variable has a bad value
│   ├── DeclarationError a declaration file cannot be read as the form
│   ├── LedgerError     a ledger workbook has bad rows
│   └── UnusableFile    an uploaded file is not what may be kept
│       └── FileTooLarge it is too large: HTTP 413
├── Refused             a rule of the house says no: exit code 1, HTTP 409
│   ├── IllegalChange   the status does not allow this step
│   ├── StaleVersion    somebody else saved in between
│   └── PeriodClosed    the month takes no new postings
├── Missing             no such record: exit code 2, HTTP 404
├── Forbidden           the role does not allow it: HTTP 403
└── Busy                too much of it at once: HTTP 503; the same may be asked again in a moment

Messages are Chinese: they name the thing, the place and the way out.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one place of an input file; every field but the message may be empty."""

    message: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    expected: str = ""

    def __str__(self) -> str:
        place = " ".join(
            part
            for part in (
                self.file,
                f"工作表“{self.sheet}”" if self.sheet else "",
                f"第{self.row}行" if self.row is not None else "",
                f"“{self.column}”列" if self.column else "",
            )
            if part
        )
        sentence = f"{place}：{self.message}" if place else self.message
        if self.value:
            sentence += f"（填的是“{self.value}”）"
        return sentence + (f"，应为{self.expected}。" if self.expected else "")


class ActivityLogError(Exception):
    """Base of all refusals; `str(error)` is the sentence to show."""

    exit_code = 1
    http_status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class BadInput(ActivityLogError):
    """Input that cannot be used; `problems` lists each fault with its place."""

    exit_code = 2
    http_status = 422

    def __init__(self, message: str, *, field: str | None = None, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, field=field)
        self.problems = tuple(problems)


class SettingsError(BadInput):
    """An environment variable has a bad value."""


class DeclarationError(BadInput):
    """A declaration file cannot be read as the form."""


class LedgerError(BadInput):
    """A ledger workbook has bad rows."""


class UnusableFile(BadInput):
    """An uploaded file is not what may be kept."""


class FileTooLarge(UnusableFile):
    """An uploaded file is larger than may be kept."""

    http_status = 413


class Refused(ActivityLogError):
    """A rule of the house says no; nothing was changed."""

    exit_code = 1
    http_status = 409


class IllegalChange(Refused):
    """The record's status does not allow this step."""


class StaleVersion(Refused):
    """Somebody else saved the record in between."""


class PeriodClosed(Refused):
    """The month is closed and takes no new postings."""


class Missing(ActivityLogError):
    """No such record."""

    exit_code = 2
    http_status = 404


class Forbidden(ActivityLogError):
    """The signed-in person's role does not allow it."""

    http_status = 403


class Busy(ActivityLogError):
    """Too much of this is going on; asked again in a moment, it will be done."""

    http_status = 503
