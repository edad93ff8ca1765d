"""The registry of audited tables: their recorded fields, how a record is named, and its project."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.core.period import Period

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """A record meant by its id; written into the trail by the column that names it."""

    named_by: InstrumentedAttribute[Any]
    id: int


@dataclass(frozen=True, slots=True)
class Field:
    """A recorded field: its label, its words on a page, what its id refers to or its list is made of."""

    label: str
    shown: Callable[[Any], str] | None = None
    refers_to: InstrumentedAttribute[Any] | None = None
    items: str = ""
    ordered_by: str = ""
    recorded_as: str = ""  # its key in entries, where that is not the attribute's name


def edited(_before: Values, _after: Values) -> str:
    return "edited"


def withdrawn(_before: Values, after: Values) -> str:
    """The step of a record that is withdrawn and restored, else an edit."""
    if "withdrawn_at" not in after:
        return "edited"
    return "withdrawn" if after["withdrawn_at"] else "restored"


def created(_values: Values) -> str:
    return "created"


@dataclass(frozen=True, slots=True)
class Audited:
    """A table whose every change becomes an entry of the kind; `fields` are all that is ever recorded.

    `secrets` are fields whose change is told without their values. `goes_with` are the tables whose deletion
    takes these records along by the database's own cascade, each with the column that refers to it.
    """

    model: type[Any]
    kind: str
    label: str
    fields: Mapping[str, Field]
    name: Callable[[Any], str | Ref]
    key: Callable[[Any], int] = lambda record: int(record.id)
    project_id: Callable[[Session, Any], int | None] = lambda _session, _record: None
    activity_id: Callable[[Any], int | None] = lambda _record: None
    added: Callable[[Values], str] = created
    step: Callable[[Values, Values], str] = edited
    secrets: Mapping[str, str] = field(default_factory=dict)
    goes_with: tuple[InstrumentedAttribute[Any], ...] = ()

    def written_as(self, name: str) -> str:
        """The field's name in an entry: the record it refers to is told, not its number."""
        spec = self.fields[name]
        return spec.recorded_as or (name.removesuffix("_id") if spec.refers_to is not None else name)


AUDITED: dict[type[Any], Audited] = {}
BY_KIND: dict[str, Audited] = {}


def register(audited: Iterable[Audited]) -> None:
    """Audit these tables from now on; a kind stands for one table only."""
    for spec in audited:
        if BY_KIND.setdefault(spec.kind, spec).model is not spec.model:
            raise ValueError(f"two audited tables are called {spec.kind}")
        AUDITED[spec.model] = spec


def is_blank(value: Any) -> bool:
    """Nothing worth telling of a new record; 0 is a figure."""
    return value is None or value is False or value in ("", [])


def plain(value: Any) -> Any:
    """A value as JSON has it: days, times and moments as ISO text, exact numbers as text, words by value."""
    for kind, written in _WRITTEN:
        if isinstance(value, kind):
            return written(value)
    return value


_WRITTEN: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    (datetime, lambda value: value.astimezone(UTC).isoformat(timespec="seconds")),
    (date, date.isoformat),
    (time, lambda value: value.isoformat("minutes")),
    (Decimal, lambda value: format(value, "f")),
    (Period, str),
    (tuple, list),
)
