"""When two photos show the same: decided by their fingerprints of 64 bits."""

BANDS = 4
BITS = 16  # of a band
MOST_DIFFERENT = BANDS - 1  # bits; then one band at least is untouched
_NOTHING = frozenset({0, 2**BITS - 1})  # a sky or a wall: too many photos have that


def bands_of(fingerprint: str | None) -> tuple[int, ...]:
    """The quarters worth looking photos up by, each told from the others by its place."""
    if fingerprint is None:
        return ()
    whole = int(fingerprint, 16)
    quarters = ((place, whole >> (place * BITS) & (2**BITS - 1)) for place in range(BANDS))
    return tuple(place << BITS | quarter for place, quarter in quarters if quarter not in _NOTHING)


def is_alike(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= MOST_DIFFERENT
