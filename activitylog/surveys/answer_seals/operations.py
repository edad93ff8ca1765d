"""Seals the answers that have come since the last time."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.audit.changes import Change
from activitylog.surveys.answer_seals.queries import (
    LABELS,
    TABLES,
    answer_seals,
    answers_between,
    counted_questions,
)
from activitylog.surveys.answer_seals.rules import DIGESTS, KIND, AnswerDigests, is_young


def unsealed_answers(session: Session, *, now: datetime) -> Iterator[Change]:
    """The entries that seal the answers no entry seals yet, for `audit/capture.py: store_changes`."""
    sealed = dict.fromkeys(TABLES, 0)
    for seal in answer_seals(session):
        sealed[seal.table] = max(sealed[seal.table], seal.through)
    counted = counted_questions(session)
    for table, through in sealed.items():
        digests = AnswerDigests(counted)
        for row in answers_between(session, table, through):
            if is_young(row.submitted_at, now):
                break
            digests.add(row)
            if digests.is_full:
                yield _seal(table, digests)
                digests = AnswerDigests(counted)
        if digests.answers:
            yield _seal(table, digests)


def _seal(table: str, digests: AnswerDigests) -> Change:
    values = {
        "table": table,
        "first": digests.first,
        "through": digests.through,
        "answers": digests.answers,
        DIGESTS: digests.by_activity(),
    }
    name = f"{digests.answers:,} 份{LABELS[table]}，编号 {digests.first} 至 {digests.through}"
    return Change(KIND, digests.through, name, "sealed", after=values)
