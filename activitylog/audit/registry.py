"""The registry of audited tables: their recorded fields, how a record is named, and its project."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.core.money import yuan_text
from activitylog.core.period import Period

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordRef:
    """A reference to a record by id; the trail records the value of its naming column."""

    named_by: InstrumentedAttribute[Any]
    id: int


@dataclass(frozen=True, slots=True)
class Field:
    """A recorded field: label, text of a value, column an id refers to, attribute of a list's items.

    Records older than a field (`is_newer`) are compared in it once an entry names it.
    """

    label: str
    value_text: Callable[[Any], str] | None = None
    refers_to: InstrumentedAttribute[Any] | None = None
    items: str = ""
    ordered_by: str = ""
    recorded_as: str = ""  # its key in entries, where that is not the attribute's name
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """A field of which entries hold a digest only: its label, and the verb of its change."""

    label: str
    verb: str


def edited(_before: Values, _after: Values) -> str:
    return "edited"


def withdrawn(_before: Values, after: Values) -> str:
    """The verb of a change of a record that can be approved, withdrawn and restored."""
    if set(after) == {"approved_at"} and after["approved_at"]:
        return "approved"
    if "withdrawn_at" not in after:
        return "edited"
    return "withdrawn" if after["withdrawn_at"] else "restored"


def created(_values: Values) -> str:
    return "created"


@dataclass(frozen=True, slots=True)
class Audited:
    """A table whose every change becomes an entry of the kind; only `fields` are recorded.

    `creation_verb` and `edit_verb` name the change in an entry. `secrets` are recorded as digests only.
    `deleted_with` are the columns by which a database cascade deletes these records, and `ended_by` is the
    kind of entries of the same id that tell their end. Migrations write no entries: records they make
    (`is_made_by_migrations`) may be without one.
    """

    model: type[Any]
    kind: str
    label: str
    fields: Mapping[str, Field]
    name: Callable[[Any], str | RecordRef]
    key: Callable[[Any], int] = lambda record: int(record.id)
    project_id: Callable[[Session, Any], int | None] = lambda _session, _record: None
    activity_id: Callable[[Any], int | None] = lambda _record: None
    creation_verb: Callable[[Values], str] = created
    edit_verb: Callable[[Values, Values], str] = edited
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    deleted_with: tuple[InstrumentedAttribute[Any], ...] = ()
    ended_by: str = ""
    is_made_by_migrations: bool = False

    @property
    def compared_if_recorded(self) -> frozenset[str]:
        """The names in entries of what entries of long ago do not tell."""
        newer = (self.entry_name(name) for name, each in self.fields.items() if each.is_newer)
        return frozenset((*self.secrets, *newer))

    def entry_name(self, name: str) -> str:
        """The field's name in an entry, which records the name of a referred record, not its id."""
        spec = self.fields[name]
        return spec.recorded_as or (name.removesuffix("_id") if spec.refers_to is not None else name)


AUDITED: dict[type[Any], Audited] = {}
BY_KIND: dict[str, Audited] = {}


def register(audited: Iterable[Audited]) -> None:
    """Audit these tables from now on; each kind belongs to one table."""
    for spec in audited:
        if BY_KIND.setdefault(spec.kind, spec).model is not spec.model:
            raise ValueError(f"two audited tables are called {spec.kind}")
        AUDITED[spec.model] = spec


def secret_digest(value: str | None) -> str:
    """A secret as entries hold it: two differ where the secrets do. What is stored is random, or a hash."""
    return hashlib.sha256(value.encode()).hexdigest()[:16] if value else ""


def is_blank(value: Any) -> bool:
    """Whether a value of a new record is not worth recording; 0 is."""
    return value is None or value is False or value in ("", [])


def json_value(value: Any) -> Any:
    """A value for JSON: days, times and moments as ISO text, decimals as text, enums by value."""
    for kind, written in _JSON_WRITERS:
        if isinstance(value, kind):
            return written(value)
    return value


_JSON_WRITERS: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    (datetime, lambda value: value.astimezone(UTC).isoformat(timespec="seconds")),
    (date, date.isoformat),
    (time, lambda value: value.isoformat("minutes")),
    (Decimal, lambda value: format(value, "f")),
    (Period, str),
    (tuple, list),
)


WITHDRAWN = {"withdrawn_at": Field("撤下时间"), "withdrawn_reason": Field("撤下理由")}
APPROVED_OR_WITHDRAWN = {"approved_at": Field("审核通过时间"), **WITHDRAWN}


def fen(value: Any) -> str:
    return f"{yuan_text(value)} 元" if value is not None else "— 元"


def month(value: str) -> str:
    return Period.parse(value).label


def month_key(record: Any) -> int:
    """A month as a number: 202406."""
    return int(record.period.year * 100 + record.period.month)


def confirmed(before: Values, after: Values) -> str:
    return "confirmed" if set(after) == {"confirmed_at"} and after["confirmed_at"] else edited(before, after)
