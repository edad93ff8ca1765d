"""A page compressed once is the same page, whatever is put into its gap."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.surveys.attendee.packed import page

WORDS = st.text(st.sampled_from("问卷满意 <p>\0ab"), max_size=200)


@given(before=WORDS, after=WORDS, filling=st.binary(min_size=8, max_size=8))
def test_the_packed_page_reads_as_the_plain_one(before: str, after: str, filling: bytes) -> None:
    packed = page(f"{before}@@@@@@@@{after}", gap="@@@@@@@@")
    expected = before.encode() + filling + after.encode()
    assert packed.plain(filling) == expected
    assert gzip.decompress(packed.gzipped(filling)) == expected


@given(WORDS)
def test_a_page_without_a_gap_is_always_the_same(text: str) -> None:
    packed = page(text)
    assert gzip.decompress(packed.gzipped()) == packed.plain() == text.encode()


@pytest.mark.parametrize("filling", [b"", b"1234567", b"123456789"])
def test_a_filling_of_another_length_is_a_mistake_of_ours(filling: bytes) -> None:
    packed = page("<@@@@@@@@>", gap="@@@@@@@@")
    with pytest.raises(ValueError, match="gap of 8"):
        packed.gzipped(filling)
