"""What an office sets by page, and what the environment keeps from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from activitylog.office.rules import why_unreachable, with_stored
from activitylog.settings import Settings

OWN = Settings(Path("/none"), "sqlite:///none.db", "a secret of the tests only")


def test_what_a_page_has_set_is_in_force() -> None:
    found = with_stored(OWN, {"close_day": "5", "office_name": "浦东科普中心", "not_a_setting": "1"})
    assert (found.close_day, found.office_name, found.survey_limit) == (5, "浦东科普中心", 3000)


def test_what_the_environment_sets_is_not_changed_by_a_page() -> None:
    own = replace(OWN, close_day=8, given=frozenset({"close_day"}))
    assert with_stored(own, {"close_day": "5"}).close_day == 8


@pytest.mark.parametrize(
    ("public_url", "is_reachable"),
    [
        ("http://localhost:8000", False),
        ("http://127.0.0.1", False),
        ("http://[::1]:8000", False),
        ("http://0.0.0.0:8000", False),
        ("http://desk.localhost", False),
        ("http://192.168.1.20:8000", True),
        ("https://log.example.cn", True),
        ("https://localhost.example.cn", True),
    ],
)
def test_a_code_that_only_this_machine_can_open_has_a_warning(public_url: str, is_reachable: bool) -> None:
    assert (why_unreachable(public_url) == "") is is_reachable
