"""The values a record has by its entries, and how they differ from those it has."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from activitylog.core.text.words import word_key

BASELINE = "taken_over"  # the verb of the entries about records as they were when the trail was first sealed

Values = dict[str, Any]


@dataclass(slots=True)
class RecordedState:
    """A record by its entries: its values, and whether its creation and its removal are among them."""

    values: Values = field(default_factory=dict)
    name: str = ""
    project_id: int | None = None
    activity_id: int | None = None
    is_created: bool = False
    is_removed: bool = False
    is_sample: bool = False
    is_known: bool = False


def replay(
    entries: Iterable[Mapping[str, Any]], names: Collection[str], *, ended_by: str = ""
) -> RecordedState:
    """The state after these entries of one record, in order; events without its values leave it as it is.

    An entry of the kind `ended_by` is the record's end.
    """
    state = RecordedState()
    for entry in entries:
        if ended_by and entry["object_type"] == ended_by:
            state.values, state.is_removed = {}, True
            continue
        before, after = (_of(names, entry[side]) for side in ("before", "after"))
        if not before and not after:
            continue
        state.is_known = True
        state.is_sample = state.is_sample or entry["is_sample"]
        state.name, state.project_id = entry["object_name"], entry["project_id"]
        state.activity_id = entry["activity_id"]
        if not after:
            state.values, state.is_removed = {}, True
        elif before:
            state.values.update(after)
        else:
            state.values, state.is_created, state.is_removed = dict(after), True, False
    return state


def _of(names: Collection[str], text: str) -> Values:
    return {name: value for name, value in json.loads(text).items() if name in names}


def differing_fields(
    recorded: Values,
    stored: Values,
    defaults: Values,
    *,
    is_complete: bool,
    if_recorded: Collection[str] = (),
) -> dict[str, tuple[Any, Any]]:
    """Field → (recorded, stored). What was never recorded is blank or its column's default.

    When the creation is archived, only what is known is compared, and `if_recorded` always so.
    """
    found = {}
    for name in stored if is_complete else stored.keys() & recorded.keys():
        if name in if_recorded and name not in recorded:
            continue
        old, new = recorded.get(name), stored[name]
        if comparable(old) == comparable(new):
            continue
        if name not in recorded and comparable(new) == comparable(defaults.get(name)):
            continue
        found[name] = (old, new)
    return found


def comparable(value: Any) -> Any:
    """A value by which two spellings of one word, and all blank values, are the same."""
    if value is None or value is False or value == []:
        return ""
    if isinstance(value, str):
        return "".join(word_key(value).split())
    return [comparable(each) for each in value] if isinstance(value, list | tuple) else value


def value_text(value: Any, describe: Callable[[Any], str] | None) -> str:
    """A value for a sentence; one that cannot be described, as it was tampered with, stands as it is."""
    if value is None or value in ("", []):
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value_text(each, describe) for each in value)
    try:
        return str(value) if describe is None else describe(value)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return str(value)
