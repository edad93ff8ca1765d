"""A prepared page decompresses to its HTML with any nonce."""

import gzip
import uuid

from hypothesis import given
from hypothesis import strategies as st

from activitylog.surveys.attendee.page import NO_NONCE, PreparedPage

WORDS = st.text(st.sampled_from("问卷满意 <p>\0ab"), max_size=200)


@given(before=WORDS, after=WORDS, nonce=st.uuids())
def test_the_compressed_page_reads_as_the_plain_one(before: str, after: str, nonce: uuid.UUID) -> None:
    prepared = PreparedPage(before + NO_NONCE + after)
    for each in (str(nonce), str(uuid.uuid4())):
        expected = f"{before}{each}{after}".encode()
        assert prepared.plain(each) == gzip.decompress(prepared.gzipped(each)) == expected


@given(WORDS)
def test_a_page_without_a_gap_is_always_the_same(text: str) -> None:
    prepared = PreparedPage(text)
    assert gzip.decompress(prepared.gzipped("")) == prepared.plain("") == text.encode()


def test_what_somebody_wrote_is_not_taken_for_the_gap() -> None:
    prepared = PreparedPage(f'<input name="nonce" value="{NO_NONCE}"><textarea>{NO_NONCE}</textarea>')
    assert (
        prepared.plain("1234").decode() == f'<input name="nonce" value="1234"><textarea>{NO_NONCE}</textarea>'
    )
