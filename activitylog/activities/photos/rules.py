"""Compares photos by their fingerprints, perceptual hashes of 64 bits."""

BANDS = 4
BITS = 16  # of a band
MOST_DIFFERENT = BANDS - 1  # bits; then at least one band is equal
_UNIFORM = frozenset({0, 2**BITS - 1})  # bands of a sky or a wall, which too many photos share


def bands_of(fingerprint: str | None) -> tuple[int, ...]:
    """The bands by which photos are looked up, each with its position in the upper bits."""
    if fingerprint is None:
        return ()
    whole = int(fingerprint, 16)
    quarters = ((place, whole >> (place * BITS) & (2**BITS - 1)) for place in range(BANDS))
    return tuple(place << BITS | quarter for place, quarter in quarters if quarter not in _UNIFORM)


def are_similar(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= MOST_DIFFERENT
