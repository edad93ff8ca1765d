"""The page of pairs of spellings that look alike."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.pages.spellings.models import SpellingPair
from activitylog.pages.spellings.operations import SORTS

MOST_SHOWN = 200  # pairs on the page; the next come once these are merged


@dataclass(frozen=True, slots=True)
class PairLine:
    """One pair: its sort, both spellings with what cannot be seen spelled out, and the number of uses."""

    pair: SpellingPair
    label: str
    stays: str
    other: str
    uses: int
    can_merge: bool


def pair_lines(session: Session) -> Sequence[PairLine]:
    """The pairs not merged yet, by sort."""
    open_pairs = select(SpellingPair).where(SpellingPair.merged_at.is_(None))
    order = list(SORTS)
    pairs = session.scalars(open_pairs.order_by(SpellingPair.id).limit(MOST_SHOWN)).all()
    uses = _uses(session, pairs)
    return [
        PairLine(
            pair,
            SORTS[pair.sort].label,
            spelled_out(pair.stays),
            spelled_out(pair.other),
            uses.get((pair.sort, pair.other), 0),
            SORTS[pair.sort].merge is not None,
        )
        for pair in sorted(pairs, key=lambda pair: (order.index(pair.sort), pair.id))
    ]


def has_open_pairs(session: Session) -> bool:
    return (
        session.scalar(select(SpellingPair.id).where(SpellingPair.merged_at.is_(None)).limit(1)) is not None
    )


def spelled_out(text: str) -> str:
    """The text with the number of every character that cannot be seen or looks like another."""
    return "".join(
        character if _is_plain(character) else f"{_visible(character)}〔U+{ord(character):04X}〕"
        for character in text
    )


def _is_plain(character: str) -> bool:
    is_same = unicodedata.normalize("NFKC", character) == character or character in "（），：；！？"
    return character.isprintable() and is_same and not "\u2e80" <= character <= "\u2fd5"


def _visible(character: str) -> str:
    return character if character.isprintable() else ""


def _uses(session: Session, pairs: Sequence[SpellingPair]) -> dict[tuple[str, str], int]:
    """How many rows have the other spelling, by sort and spelling."""
    found: dict[tuple[str, str], int] = {}
    for sort in {pair.sort for pair in pairs}:
        others = [pair.other for pair in pairs if pair.sort == sort]
        for column in SORTS[sort].columns:
            counted = select(column, func.count()).where(column.in_(others)).group_by(column)
            for other, count in session.execute(counted):
                found[sort, other] = found.get((sort, other), 0) + count
    return found
