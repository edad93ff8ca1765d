"""Rounds exact shares for print, so that no printed figure says what is not so."""

from decimal import Decimal
from fractions import Fraction
from math import floor

NO_FIGURE = "—"
WHOLE = (Decimal(0), Decimal(100))  # per cent: "none" and "all" are printed only where they are exact

Exact = Fraction | Decimal


def rounded(exact: Exact, places: int, *edges: Exact) -> Decimal:
    """To so many decimals, a half away from zero, but away from an edge that rounding would reach or cross.

    With an edge at 90, 89.996 is 89.99 and 90.004 is 90.01; 90 itself stays 90.
    """
    scaled = Fraction(exact) * 10**places
    below = floor(scaled)
    steps = floor(abs(scaled) + Fraction(1, 2)) * (1 if scaled > 0 else -1)
    for edge in (Fraction(edge) * 10**places for edge in edges):
        if scaled < edge <= steps:
            steps = below
        elif scaled > edge >= steps:
            steps = below + 1
    return Decimal(steps).scaleb(-places)


def percent_text(part: int, whole: int, *, places: int = 2) -> str:
    """Part of whole in per cent; a dash when there is no whole."""
    if not whole:
        return NO_FIGURE
    return f"{rounded(Fraction(100 * part, whole), places, *WHOLE)}%"
