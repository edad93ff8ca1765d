"""A prepared page decompresses to its HTML with any nonce."""

import gzip
import uuid

from hypothesis import given
from hypothesis import strategies as st

from activitylog.surveys.attendee.page import NO_NONCE, PreparedPage
from activitylog.web.forms import clean_text

WORDS = st.lists(st.sampled_from([*"问卷满意 \0ab", "<p>", 'value="']), max_size=200).map("".join)


@given(before=WORDS, after=WORDS, nonce=st.uuids())
def test_the_compressed_page_reads_as_the_plain_one(before: str, after: str, nonce: uuid.UUID) -> None:
    prepared = PreparedPage(before + NO_NONCE + after)
    for each in (str(nonce), str(uuid.uuid4())):
        expected = f"{before}{each}{after}".encode()
        assert prepared.plain(each) == gzip.decompress(prepared.gzipped(each)) == expected


@given(WORDS)
def test_a_page_without_a_gap_is_always_the_same(text: str) -> None:
    prepared = PreparedPage(text)
    for nonce in ("", str(uuid.uuid4())):
        assert gzip.decompress(prepared.gzipped(nonce)) == prepared.plain(nonce) == text.encode()


def test_what_somebody_wrote_is_not_taken_for_the_gap() -> None:
    assert NO_NONCE[0] not in (clean_text(f"再来{NO_NONCE}一场") or "")
