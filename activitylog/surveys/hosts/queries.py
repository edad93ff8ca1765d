"""Counts hosts' answers: evidence for judgements, never part of satisfaction."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import json_pairs
from activitylog.surveys.models import HostResponse
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.rules import OVERALL, Question, SummaryKind
from activitylog.surveys.rules import SATISFIED_FROM

Condition: TypeAlias = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class HostQuestion:
    """One question of one version with the count of each choice."""

    sentence: str
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class HostEvidence:
    """Hosts' answers counted: answers, activities they are about, satisfied ones, and choices by question."""

    answers: int
    activities: int
    satisfied: int
    questions: Sequence[HostQuestion]


def host_evidence_on(session: Session, activity_id: int) -> HostEvidence:
    """Hosts' answers about one activity, whatever its status."""
    return _evidence(session, HostResponse.activity_id == activity_id)


def host_evidence(session: Session, projects: Select[int], *, since: date, until: date) -> HostEvidence:
    """Hosts' answers about the projects' approved activities held from `since` to `until`, both included."""
    meant = select(Activity.id).where(
        Activity.project_id.in_(projects),
        Activity.status == Status.APPROVED,
        Activity.held_on.between(since, until),
    )
    return _evidence(session, HostResponse.activity_id.in_(meant))


def _evidence(session: Session, is_selected: Condition) -> HostEvidence:
    rows = session.execute(
        select(
            HostResponse.questionnaire,
            func.count().label("answers"),
            func.count().filter(HostResponse.overall >= SATISFIED_FROM).label("satisfied"),
        )
        .where(is_selected)
        .group_by(HostResponse.questionnaire)
    ).all()
    activities = select(func.count(HostResponse.activity_id.distinct())).where(is_selected)
    return HostEvidence(
        answers=sum(row.answers for row in rows),
        activities=(session.scalar(activities) or 0) if rows else 0,
        satisfied=sum(row.satisfied for row in rows),
        questions=_questions(session, sorted(row.questionnaire for row in rows), is_selected) if rows else (),
    )


def _questions(session: Session, versions: Sequence[str], is_selected: Condition) -> list[HostQuestion]:
    questionnaires = questionnaires_of(session, versions)
    counted = {
        (version, question.key): question
        for version in versions
        if version in questionnaires
        for question in questionnaires[version].questions
        if question.key != OVERALL and not question.is_listed
    }
    counts = _counts(session, counted, is_selected)
    return [
        HostQuestion(question.sentence, _by_choice(question, counts[place]))
        for place, question in counted.items()
        if place in counts
    ]


def _counts(
    session: Session, questions: Mapping[tuple[str, str], Question], is_selected: Condition
) -> dict[tuple[str, str], Counter[str]]:
    """The count of each value, by version and question."""
    keys = {key for _, key in questions}
    answer = json_pairs(HostResponse.answers).table_valued("key", "value").alias("answer")
    rows = session.execute(
        select(HostResponse.questionnaire, answer.c.key, answer.c.value, func.count())
        .join_from(HostResponse, answer, true())
        .where(is_selected, answer.c.key.in_(sorted(keys)))
        .group_by(HostResponse.questionnaire, answer.c.key, answer.c.value)
    )
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for version, key, given, count in rows:
        question = questions.get((version, key))
        if question is not None:
            is_list = question.kind.summary is SummaryKind.SEVERAL
            for value in json.loads(given) if is_list else [str(given)]:
                counts[version, key][value] += count
    return counts


def _by_choice(question: Question, counts: Counter[str]) -> list[tuple[str, int]]:
    return [(str(word), counts[value]) for value, word in question.counted_choices(counts)]
