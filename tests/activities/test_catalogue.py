import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.catalogue import (
    VenueDetails,
    allocate_numbers,
    find_or_add_kinds,
    find_or_add_venues,
)
from activitylog.activities.models import ActivityKind, Venue
from activitylog.errors import Refused
from tests.examples import examples
from tests.factories.activities import make_activity
from tests.factories.projects import make_project


def test_numbers_start_at_one_each_year(session: Session) -> None:
    assert allocate_numbers(session, 2024) == ["2024-0001"]
    assert allocate_numbers(session, 2024, 2) == ["2024-0002", "2024-0003"]
    assert allocate_numbers(session, 2025) == ["2025-0001"]


def test_numbers_brought_along_by_an_import_are_passed_over(session: Session) -> None:
    project = make_project(session)
    for number in ("2024-0002", "2024-0007", "2024-70000000001", "2024-x", "2023-0009"):
        make_activity(session, project, number=number)
    assert [make_activity(session, project).number for _ in range(3)] == [
        "2024-0001",
        "2024-0008",
        "2024-0009",
    ]


@examples(8, thorough=15)
@given(
    imported=st.lists(st.integers(1, 30), unique=True, max_size=12),
    blocks=st.lists(st.integers(1, 6), max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_numbers_never_collide(
    session: Session, imported: list[int], blocks: list[int], order: random.Random
) -> None:
    session.rollback()
    project = make_project(session)
    steps: list[tuple[str, int]] = [("import", n) for n in imported] + [("block", n) for n in blocks]
    steps += [("log", 0)] * 6
    order.shuffle(steps)
    given_out: list[str] = []
    for step, n in steps:
        if step == "block":
            for number in allocate_numbers(session, 2024, n):
                given_out.append(make_activity(session, project, number=number).number)
        elif step == "log":
            given_out.append(make_activity(session, project, nonce=str(uuid.uuid4())).number)
        elif f"2024-{n:04d}" in given_out:
            with pytest.raises(Refused):
                make_activity(session, project, number=f"2024-{n:04d}")
        else:
            given_out.append(make_activity(session, project, number=f"2024-{n:04d}").number)
    assert len(set(given_out)) == len(given_out)


def test_kinds_are_added_once(session: Session) -> None:
    first = find_or_add_kinds(session, ["下乡服务", "志愿服务", "下乡服务"])
    second = find_or_add_kinds(session, ["志愿服务", "资源配送"])
    assert first["志愿服务"].id == second["志愿服务"].id
    assert set(session.scalars(select(ActivityKind.name))) == {"下乡服务", "志愿服务", "资源配送"}


def test_a_venue_is_known_by_name_within_its_district(session: Session) -> None:
    here, there = VenueDetails("社区书院", "310107", ""), VenueDetails("社区书院", "310101", "社区书院")
    found = find_or_add_venues(session, [here, there])
    assert found[here[:2]].id != found[there[:2]].id
    assert find_or_add_venues(session, [here._replace(kind="村居")])[here[:2]].kind == "村居"
    assert find_or_add_venues(session, [there._replace(kind="学校")])[there[:2]].kind == "社区书院"
    assert len(session.scalars(select(Venue)).all()) == 2


def test_a_thousand_places_at_once_are_all_found(session: Session) -> None:
    places = [VenueDetails(f"村居{n}", "310115", "村居") for n in range(1100)]
    assert len(find_or_add_venues(session, places)) == 1100
    assert find_or_add_venues(session, places).keys() == {place[:2] for place in places}
