import io
import uuid
from datetime import timedelta

import pytest
import time_machine
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from PIL import Image

from activitylog.surveys.access.rules import (
    BOX_PIXELS,
    KIOSK_PASS,
    STEP,
    VALID_STEPS,
    AccessKind,
    access_kind_of,
    is_screen_code,
    is_stale,
    kiosk_of,
    kiosk_of_pass,
    kiosk_pass,
    kiosk_tag,
    new_nonce,
    qr_image,
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


def test_a_kiosks_pass_says_which_expires_and_is_no_code() -> None:
    text = kiosk_pass(KEY, 7, 31, NOON + KIOSK_PASS)
    assert kiosk_of_pass(KEY, 7, text, NOON + KIOSK_PASS - SECOND) == 31
    assert kiosk_of_pass(KEY, 7, text, NOON + KIOSK_PASS) is None
    assert kiosk_of_pass(KEY, 8, text, NOON) is None
    assert kiosk_of_pass("another", 7, text, NOON) is None
    assert kiosk_of_pass(KEY, 7, screen_code(KEY, 7, NOON), NOON) is None
    assert not is_screen_code(KEY, 7, text, NOON)


def test_a_pass_of_an_earlier_version_without_a_number_is_none() -> None:
    old = URLSafeSerializer(KEY, salt="kiosk").dumps([7, int((NOON + KIOSK_PASS).timestamp())])
    assert kiosk_of_pass(KEY, 7, str(old), NOON) is None


@given(kiosk=st.integers(1, 2**31 - 1), activity=activities)
def test_a_kiosks_nonce_says_which_and_proves_it(kiosk: int, activity: int) -> None:
    nonce = new_nonce(KEY, activity, AccessKind.KIOSK, kiosk=kiosk)
    assert (uuid.UUID(nonce).version, kiosk_of(nonce)) == (7, kiosk_tag(kiosk))
    assert access_kind_of(KEY, activity, nonce) is AccessKind.KIOSK
    forged = str(uuid.UUID(int=uuid.UUID(nonce).int ^ 1 << 64))
    assert access_kind_of(KEY, activity, forged) is None


@pytest.mark.parametrize(
    ("access", "minutes", "stale"),
    [
        (AccessKind.CODE, 25, False),
        (AccessKind.CODE, 31, True),
        (AccessKind.KIOSK, 31, False),
        (AccessKind.KIOSK, 13 * 60, True),
        (AccessKind.PLAIN, 24 * 60, False),
    ],
)
def test_a_page_is_stale_long_after_its_code_or_pass_ended(
    access: AccessKind, minutes: int, stale: bool
) -> None:
    with time_machine.travel(NOON, tick=False):
        nonce = new_nonce(KEY, 7, access)
    assert is_stale(access, nonce, NOON + timedelta(minutes=minutes)) is stale


ADDRESS = "https://log.example.cn/s/Zm9vYmFyYmF6"


def test_the_code_reads_as_its_address() -> None:
    image = Image.open(io.BytesIO(qr_image(ADDRESS)))
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [ADDRESS]


def test_the_code_is_a_small_crisp_square() -> None:
    file = qr_image(ADDRESS)
    image = Image.open(io.BytesIO(file))
    assert image.format == "PNG"
    assert image.width == image.height
    assert image.width % BOX_PIXELS == 0
    assert set(image.convert("L").get_flattened_data()) == {0, 255}
    assert len(file) < 2000
