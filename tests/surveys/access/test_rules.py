import uuid
from datetime import timedelta

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from activitylog.surveys.access.rules import (
    KIOSK_PASS,
    STEP,
    VALID_STEPS,
    AccessKind,
    access_kind_of,
    is_kiosk_pass,
    is_screen_code,
    kiosk_pass,
    new_nonce,
    screen_code,
    served_at,
)
from tests.factories.surveys import NOON

KEY = "a secret of the tests only"
SECOND = timedelta(seconds=1)
activities, ways = st.integers(1, 2**31 - 1), st.sampled_from(AccessKind)


@given(activity=activities, other=activities, access=ways, place=st.integers(0, 127))
def test_a_nonce_proves_its_activity_and_way_and_nothing_else(
    activity: int, other: int, access: AccessKind, place: int
) -> None:
    nonce = new_nonce(KEY, activity, access)
    assert uuid.UUID(nonce).version == 7
    assert access_kind_of(KEY, activity, nonce) is access
    forged = str(uuid.UUID(int=uuid.UUID(nonce).int ^ 1 << place))
    assert access_kind_of(KEY, activity, forged) is None
    assert access_kind_of("another installation's", activity, nonce) is None
    assert access_kind_of(KEY, other, nonce) is (access if other == activity else None)


def test_a_nonce_tells_when_its_page_was_made_and_later_ones_are_greater() -> None:
    with time_machine.travel(NOON, tick=False):
        first = new_nonce(KEY, 7)
    with time_machine.travel(NOON + SECOND, tick=False):
        second = new_nonce(KEY, 7)
    assert served_at(first) == NOON
    assert first < second
    assert access_kind_of(KEY, 7, str(uuid.uuid4())) is None


@given(activity=activities, age=st.integers(-3 * STEP, 40 * STEP), begins=st.integers(0, STEP - 1))
def test_a_screen_code_works_for_ten_minutes_and_at_its_own_activity(
    activity: int, age: int, begins: int
) -> None:
    shown = NOON + begins * SECOND
    code, moment = screen_code(KEY, activity, shown), shown + age * SECOND
    steps = int(moment.timestamp()) // STEP - int(shown.timestamp()) // STEP
    assert is_screen_code(KEY, activity, code, moment) is (-1 <= steps <= VALID_STEPS)
    assert not is_screen_code(KEY, activity + 1, code, shown)
    assert not is_screen_code("another", activity, code, shown)


def test_the_code_changes_every_half_minute_and_another_text_is_none() -> None:
    codes = {screen_code(KEY, 7, NOON + seconds * SECOND) for seconds in range(90)}
    assert len(codes) == 3
    assert not any(
        is_screen_code(KEY, 7, text, NOON) for text in ("", "0", "zzz-", "０-abcdefghijkl", "x" * 99)
    )


def test_a_kiosks_pass_expires_and_is_no_code() -> None:
    text = kiosk_pass(KEY, 7, NOON)
    assert is_kiosk_pass(KEY, 7, text, NOON + KIOSK_PASS - SECOND)
    assert not is_kiosk_pass(KEY, 7, text, NOON + KIOSK_PASS)
    assert not is_kiosk_pass(KEY, 8, text, NOON)
    assert not is_screen_code(KEY, 7, text, NOON)
    assert not is_kiosk_pass(KEY, 7, screen_code(KEY, 7, NOON), NOON)
