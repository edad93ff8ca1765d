"""Reads the seals of answers and compares the answers with them."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.discrepancies.rules import FoundDiscrepancy, Sort
from activitylog.audit.models import AuditEntry
from activitylog.surveys.answer_seals.rules import (
    DIGESTS,
    KIND,
    AnswerDigests,
    differing_activities,
    excluded_after,
)
from activitylog.surveys.models import ExclusionDecision, HostResponse, Response
from activitylog.surveys.questionnaires.built_in import BUILT_IN
from activitylog.surveys.questionnaires.models import QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import SummaryKind

TABLES: dict[str, type[Response | HostResponse]] = {"response": Response, "host_response": HostResponse}
LABELS = {"response": "扫码答卷", "host_response": "场地方答卷"}
STREAMED = 5000


@dataclass(frozen=True, slots=True)
class AnswerSeal:
    """An entry: the answers of a table numbered `first` to `through`, digested by activity."""

    entry: int
    table: str
    first: int
    through: int
    digests: dict[str, str]


def answer_seals(session: Session) -> Iterator[AnswerSeal]:
    """All seals that are not archived, oldest first, one at a time."""
    ids = session.scalars(select(AuditEntry.id).where(AuditEntry.object_type == KIND).order_by(AuditEntry.id))
    for number in ids.all():
        values = json.loads(session.scalar(select(AuditEntry.after).where(AuditEntry.id == number)) or "{}")
        yield AnswerSeal(number, values["table"], values["first"], values["through"], values[DIGESTS])


def counted_questions(session: Session) -> frozenset[str]:
    """The questions answered by choice, as version/key, of all questionnaires."""
    own = [version.questionnaire for version in session.scalars(select(QuestionnaireVersion))]
    return frozenset(
        f"{each.version}/{question.key}"
        for each in (*BUILT_IN.values(), *own)
        for question in each.questions
        if question.kind.summary is not SummaryKind.LISTED
    )


def answers_between(session: Session, table: str, after: int, until: int | None = None) -> Iterator[Any]:
    """The answers of a table with numbers above `after` and up to `until`, in order."""
    model = TABLES[table]
    columns = (
        model.id,
        model.activity_id,
        model.nonce,
        model.overall,
        model.answers,
        model.questionnaire,
        model.submitted_at,
    )
    rows = select(*columns).where(model.id > after).order_by(model.id)
    rows = rows if until is None else rows.where(model.id <= until)
    with closing(session.execute(rows, execution_options={"yield_per": STREAMED})) as streamed:
        yield from streamed


def answer_discrepancies(session: Session) -> Iterator[FoundDiscrepancy]:
    """Answers changed, deleted or slipped in since they were sealed, and exclusions nobody decided."""
    counted = counted_questions(session)
    removed = _last_removal(session)
    for seal in answer_seals(session):
        now = AnswerDigests(counted)
        for row in answers_between(session, seal.table, seal.first - 1, seal.through):
            now.add(row)
        digests = now.by_activity()
        for activity_id, *counts in differing_activities(seal.digests, digests):
            activity = session.get(Activity, activity_id)
            if activity is None and seal.entry < removed:
                continue  # it went with the sample
            name = f"{activity.number} {activity.title}" if activity else f"{activity_id} 号（已不在）"
            yield FoundDiscrepancy(
                Sort.ANSWERS,
                f"{seal.table} {activity_id} {seal.first}-{seal.through}",
                digests.get(str(activity_id), ""),
                f"活动“{name}”的{LABELS[seal.table]}（编号 {seal.first} 至 {seal.through} 之间）"
                f"被改动过：{_counts_text(*counts)}",
                project_id=activity.project_id if activity else None,
            )
    yield from _exclusion_discrepancies(session)


def _last_removal(session: Session) -> int:
    """The number of the entry by which the sample was removed last; 0 where it never was."""
    removals = select(AuditEntry.id).where(
        AuditEntry.object_type == "sample", AuditEntry.action == "sample.removed"
    )
    return session.scalar(removals.order_by(AuditEntry.id.desc()).limit(1)) or 0


def _counts_text(sealed: str, now: str) -> str:
    return f"封存时 {sealed} 份，现在 {now} 份。" if sealed != now else f"仍是 {now} 份，但内容与封存时不同。"


def _exclusion_discrepancies(session: Session) -> Iterator[FoundDiscrepancy]:
    """Activities whose excluded answers are not those that the decisions excluded."""
    decisions: defaultdict[int, list[Any]] = defaultdict(list)
    columns = (ExclusionDecision.activity_id, ExclusionDecision.step, ExclusionDecision.numbers)
    for activity_id, step, numbers in session.execute(select(*columns).order_by(ExclusionDecision.id)):
        decisions[activity_id].append((step, numbers))
    excluded: defaultdict[int, set[int]] = defaultdict(set)
    marked = select(Response.activity_id, Response.id).where(Response.exclusion_id.is_not(None))
    for activity_id, number in session.execute(marked):
        excluded[activity_id].add(number)
    for activity_id in sorted(decisions.keys() | excluded.keys()):
        differing = excluded_after(decisions[activity_id]) ^ excluded[activity_id]
        if differing:
            activity = session.get_one(Activity, activity_id)
            listed = "、".join(map(str, sorted(differing)[:10]))
            yield FoundDiscrepancy(
                Sort.ANSWERS,
                f"exclusion {activity_id}",
                ",".join(map(str, sorted(differing))),
                f"活动“{activity.number} {activity.title}”有 {len(differing)} 份扫码答卷（编号 {listed}）"
                "的剔除与已有的决定不符。",
                project_id=activity.project_id,
            )
