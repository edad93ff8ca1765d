from hypothesis import given
from hypothesis import strategies as st

from activitylog.activities.photos.rules import MOST_DIFFERENT, are_similar, bands_of

BITS = st.integers(0, 2**64 - 1)


@given(BITS, st.sets(st.integers(0, 63), max_size=MOST_DIFFERENT))
def test_pictures_alike_are_found_by_a_band_they_share(whole: int, flipped: set[int]) -> None:
    other = whole
    for bit in flipped:
        other ^= 1 << bit
    one, two = f"{whole:016x}", f"{other:016x}"
    assert are_similar(one, two)
    if len(bands_of(one)) == len(bands_of(two)) == 4:
        assert set(bands_of(one)) & set(bands_of(two))


@given(BITS, st.sets(st.integers(0, 63), min_size=MOST_DIFFERENT + 1))
def test_more_bits_apart_is_another_picture(whole: int, flipped: set[int]) -> None:
    other = whole ^ sum(1 << bit for bit in flipped)
    assert not are_similar(f"{whole:016x}", f"{other:016x}")


def test_a_picture_that_shows_nothing_is_like_no_other() -> None:
    assert bands_of(None) == ()
    assert not are_similar(None, None)
    assert bands_of("0000ffff00000001") == (1,)
