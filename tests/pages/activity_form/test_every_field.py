"""Every detail of an activity, typed into the form, is on all its pages, in the copy and in the ledger.

A new field of ActivityDetails gets its value from `details_with_every_field`.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.details import ActivityDetails, details_of
from activitylog.activities.models import Activity
from activitylog.activities.rules import AUDIENCE_GROUPS
from activitylog.ledger.export import export_ledger
from tests.factories.activities import details_with_every_field
from tests.factories.ledger import import_file
from tests.pages.cast import Cast, pages_cast

NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)
OF_THE_DAY = {"start_time", "planned_on", "audience_onsite", "audience_online", "speaker", "summary", "note"}
OF_THE_DAY |= {"checks", *AUDIENCE_GROUPS.values()}
NOT_IN_LEDGER = {"summary", "checks"}  # written on the phone alone


class Inputs(HTMLParser):
    """What a browser would send of a page's forms: values by the names of inputs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("select", "textarea"):
            self._open = found.get("name") or ""
            self.values.setdefault(self._open, [])
        elif tag == "option" and "selected" in found:
            self._add(self._open, found.get("value"))
        elif tag == "input" and (found.get("type") not in ("radio", "checkbox") or "checked" in found):
            self._add(found.get("name"), found.get("value"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open and self.lasttag == "textarea":
            self._add(self._open, data.strip())

    def _add(self, name: str | None, value: str | None) -> None:
        if name and value:
            self.values.setdefault(name, []).append(value)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=True):
        yield


cast = pages_cast


def inputs_of(details: ActivityDetails) -> dict[str, list[str]]:
    """The details as inputs of the form."""
    values = {field.name: getattr(details, field.name) for field in fields(details)}
    district, *others = values.pop("districts")
    values |= {"district": district, "more_districts": others, "start_time": f"{details.start_time:%H:%M}"}
    return {
        name: [str(each) for each in (value if isinstance(value, (list, tuple)) else [value])]
        for name, value in values.items()
    }


def entered(cast: Cast, session: Session, details: ActivityDetails) -> Activity:
    """The activity stored when the details are typed, its kind as another one than those offered."""
    inputs = inputs_of(details) | {"kinds": [], "new_kind": list(details.kinds), "then": ["submit"]}
    answer = cast.organizer.post("/activities/new", data=inputs)
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text)
    session.rollback()
    return session.scalars(select(Activity)).one()


def test_every_field_has_a_value_that_is_not_its_default() -> None:
    details = details_with_every_field(1)
    assert [each.name for each in fields(details) if getattr(details, each.name) == each.default] == []


def test_every_field_typed_is_stored(cast: Cast, session: Session) -> None:
    details = details_with_every_field(cast.project.id)
    assert details_of(entered(cast, session, details)) == details


def test_every_field_is_in_the_form_of_an_edit(cast: Cast, session: Session) -> None:
    details = details_with_every_field(cast.project.id)
    activity = entered(cast, session, details)
    shown = Inputs(cast.organizer.get(f"/activities/{activity.number}/edit").text).values
    expected = inputs_of(details)
    assert {name: shown.get(name) for name in expected} == expected


def test_every_field_but_those_of_the_day_is_in_a_copy(cast: Cast, session: Session) -> None:
    details = details_with_every_field(cast.project.id)
    entered(cast, session, details)
    shown = Inputs(cast.organizer.get("/activities/new?like=last").text).values
    expected = inputs_of(details) | {"held_on": ["2024-06-12"]} | {name: [] for name in OF_THE_DAY}
    assert {name: shown.get(name, []) for name in expected} == expected


@pytest.mark.parametrize("address", ["/activities/{}", "/review/{}"])
def test_every_text_is_on_the_page_of_the_activity_and_of_its_review(
    cast: Cast, session: Session, address: str
) -> None:
    details = details_with_every_field(cast.project.id)
    activity = entered(cast, session, details)
    page = cast.manager.get(address.format(activity.number)).text
    texts = [getattr(details, field.name) for field in fields(details) if field.type is str]
    assert [text for text in texts if text not in page] == []


def test_every_field_comes_back_from_the_ledger(cast: Cast, session: Session, tmp_path: Path) -> None:
    details = details_with_every_field(cast.project.id)
    entered(cast, session, details)
    path = tmp_path / "台账.xlsx"
    export_ledger(session, year=2024, project=None, path=path)
    book = load_workbook(path)
    book["活动"]["A2"] = "2024-0099"  # under another number it is another activity
    book.save(path)
    import_file(session, path)
    copy = session.scalars(select(Activity).where(Activity.number == "2024-0099")).one()
    bare = ActivityDetails(details.project_id, "没有别的", held_on=date(2024, 6, 11))
    written_on_the_phone = {name: getattr(bare, name) for name in NOT_IN_LEDGER}
    assert details_of(copy) == replace(details, **written_on_the_phone)
