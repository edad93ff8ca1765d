"""Breaks a title into balanced lines, by the widths of its unbreakable parts."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

AWKWARD = 0.12  # cost of a break within a phrase, as a squared share of the line length
_OPENING, _CLOSING = "(（《〈“‘「『【[", ")）》〉”’」』】]，。、；：？！…—·％"
_PIECES = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[!-'*-~\u00c0-\u024f]+|.)[{re.escape(_CLOSING)}]*\s*", re.DOTALL
)


def unbreakable_parts(text: str, measure: Callable[[str], float], width: float) -> list[str]:
    """The unbreakable parts of a text: Latin words, characters with their punctuation."""
    words = _PIECES.findall(text)
    return [part for word in words for part in ([word] if measure(word) <= width else word)]


def lines_needed(widths: Sequence[float], width: float) -> int:
    """The number of lines when each is filled."""
    count, filled = 1, 0.0
    for piece in widths:
        if filled and filled + piece > width:
            count, filled = count + 1, 0.0
        filled += piece
    return count


def balanced_lines(parts: Sequence[str], widths: Sequence[float], width: float, count: int) -> list[str]:
    """The parts in `count` lines of similar length, preferably broken between phrases."""
    ends = [0.0]
    for piece in widths:
        ends.append(ends[-1] + piece)
    ideal = ends[-1] / count

    @cache
    def best(start: int, left: int) -> tuple[float, tuple[int, ...]]:
        """The least cost of the parts from `start` in `left` lines, and the lines' first parts."""
        found: tuple[float, tuple[int, ...]] = (float("inf"), ())
        for end in range(start + 1, len(parts) - left + 2) if left > 1 else [len(parts)]:
            length = ends[end] - ends[start]
            if length > width and end > start + 1:
                break
            rest, begins = best(end, left - 1) if left > 1 else (0.0, ())
            cost = (length / ideal - 1) ** 2 + rest + (_is_awkward(parts, end) if left > 1 else 0)
            found = min(found, (cost, (start, *begins)))
        return found

    begins = [*best(0, count)[1], len(parts)]
    return ["".join(parts[a:b]).strip() for a, b in pairwise(begins)]


def _is_awkward(parts: Sequence[str], end: int) -> float:
    is_after_phrase = parts[end - 1].rstrip()[-1:] in _CLOSING or parts[end - 1].endswith(" ")
    return 0.0 if is_after_phrase or parts[end][0] in _OPENING else AWKWARD
