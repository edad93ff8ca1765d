"""A page compressed once: what differs from one person to the next is put in as it is."""

import struct
import zlib
from dataclasses import dataclass

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # gzip: deflate, no name, no time
_RAW = -15  # zlib: deflate alone, with its largest window


def _deflated(text: bytes, *, after: bytes = b"", is_last: bool) -> bytes:
    """Whole bytes of a deflate stream; they may refer back to what stands before them."""
    packer = (
        zlib.compressobj(9, zlib.DEFLATED, _RAW, zdict=after) if after else zlib.compressobj(9, wbits=_RAW)
    )
    return packer.compress(text) + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH)


@dataclass(frozen=True, slots=True)
class Page:
    """A page with one gap, and how many bytes fill it."""

    gap: int
    before: bytes
    after: bytes
    packed_before: bytes
    packed_after: bytes
    sum_before: int

    def plain(self, filling: bytes = b"") -> bytes:
        self._check(filling)
        return self.before + filling + self.after

    def gzipped(self, filling: bytes = b"") -> bytes:
        """The page as one gzip member; the filling is a stored block between two compressed ones."""
        self._check(filling)
        block = b"\0" + struct.pack("<HH", len(filling), len(filling) ^ 0xFFFF) + filling
        crc = zlib.crc32(self.after, zlib.crc32(filling, self.sum_before))
        size = len(self.before) + len(filling) + len(self.after)
        return b"".join(
            (_HEADER, self.packed_before, block, self.packed_after, struct.pack("<II", crc, size))
        )

    def _check(self, filling: bytes) -> None:
        if len(filling) != self.gap:
            raise ValueError(f"{len(filling)} bytes for a gap of {self.gap}")


def page(html: str, gap: str = "") -> Page:
    """The page around `gap`, which stands in it once; without one the page is always the same."""
    before, _, after = html.partition(gap) if gap else (html, "", "")
    head, tail = before.encode(), after.encode()
    width = len(gap.encode())
    return Page(
        gap=width,
        before=head,
        after=tail,
        packed_before=_deflated(head, is_last=False),
        # these keep the distances right and match nothing: no UTF-8 text holds them
        packed_after=_deflated(tail, after=head + b"\xff" * width, is_last=True),
        sum_before=zlib.crc32(head),
    )
