"""Visits, the role that groups give, and the names that new accounts get."""

from datetime import UTC, datetime, timedelta

import pytest

from activitylog.accounts.providers.rules import (
    VISIT_LASTS,
    Purpose,
    Visit,
    check_answer,
    possible_names,
    role_of,
)
from activitylog.accounts.rules import MAX_NAME_LENGTH, ROLE_WORDS, Role
from activitylog.environment import ROLES
from activitylog.errors import Refused

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
VISIT = Visit("oidc", Purpose.SIGN_IN, int(NOW.timestamp()), state="s")


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["staff"], Role.ORGANIZER),
        (["staff", "officers"], Role.OFFICER),
        (["Staff"], None),
        (["staff "], None),
        ([], None),
    ],
)
def test_the_first_entry_that_fits_gives_the_role(groups: list[str], role: Role | None) -> None:
    assert role_of(groups, (("officers", "officer"), ("staff", "organizer"))) is role


def test_the_settings_know_every_role() -> None:
    assert set(ROLES) == set(ROLE_WORDS)


def test_an_answer_is_to_its_own_visit_in_time() -> None:
    assert check_answer(VISIT, "oidc", "s", now=NOW + VISIT_LASTS) is VISIT
    for visit, provider, state, now in (
        (None, "oidc", "s", NOW),
        (VISIT, "wecom", "s", NOW),
        (VISIT, "oidc", "", NOW),
        (VISIT, "oidc", "状态", NOW),
        (VISIT, "oidc", "s", NOW + VISIT_LASTS + timedelta(seconds=1)),
    ):
        with pytest.raises(Refused, match="再点一次登录按钮"):
            check_answer(visit, provider, state, now=now)


def test_no_two_visits_share_a_secret() -> None:
    secrets = [value for _ in range(3) for value in (Visit("oidc", Purpose.LINK, 0),)]
    assert len({each for visit in secrets for each in (visit.state, visit.nonce, visit.verifier)}) == 9


def test_a_taken_name_is_marked_and_none_is_too_long() -> None:
    assert possible_names("王芳", "企业微信")[:3] == ["王芳", "王芳（企业微信）", "王芳（企业微信2）"]
    assert max(map(len, possible_names("x" * 200, "企业微信"))) == MAX_NAME_LENGTH
