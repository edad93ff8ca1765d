"""What the sites said that had activities: evidence for a person who judges, never part of satisfaction."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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
from activitylog.surveys.questionnaires.questions import OVERALL, TYPES, Counting, Question
from activitylog.surveys.rules import SATISFIED_FROM

Meant: TypeAlias = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class HostQuestion:
    """One question's choices with how many chose each, as it was worded in one version."""

    sentence: str
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class HostEvidence:
    """How many sites answered about how many activities, how many were satisfied, and what they chose."""

    answers: int
    activities: int
    satisfied: int
    questions: Sequence[HostQuestion]


def host_evidence_on(session: Session, activity_id: int) -> HostEvidence:
    """What the site said of one activity, in whatever status."""
    return _evidence(session, HostResponse.activity_id == activity_id)


def host_evidence(session: Session, projects: Select[int], *, since: date, until: date) -> HostEvidence:
    """What sites said of the projects' approved activities held on these days, both included."""
    meant = select(Activity.id).where(
        Activity.project_id.in_(projects),
        Activity.status == Status.APPROVED,
        Activity.held_on.between(since, until),
    )
    return _evidence(session, HostResponse.activity_id.in_(meant))


def _evidence(session: Session, is_meant: Meant) -> HostEvidence:
    rows = session.execute(
        select(
            HostResponse.questionnaire,
            func.count().label("answers"),
            func.count().filter(HostResponse.overall >= SATISFIED_FROM).label("satisfied"),
        )
        .where(is_meant)
        .group_by(HostResponse.questionnaire)
    ).all()
    activities = select(func.count(HostResponse.activity_id.distinct())).where(is_meant)
    return HostEvidence(
        answers=sum(row.answers for row in rows),
        activities=(session.scalar(activities) or 0) if rows else 0,
        satisfied=sum(row.satisfied for row in rows),
        questions=_questions(session, sorted(row.questionnaire for row in rows), is_meant) if rows else (),
    )


def _questions(session: Session, versions: Sequence[str], is_meant: Meant) -> list[HostQuestion]:
    asked = questionnaires_of(session, versions)
    chosen = {
        (version, question.key): question
        for version in versions
        if version in asked
        for question in asked[version].questions
        if question.key != OVERALL and TYPES[question.type].counted is not Counting.LISTED
    }
    counts = _counts(session, {key for _, key in chosen}, is_meant)
    return [
        HostQuestion(question.sentence, _by_choice(question, counts[place]))
        for place, question in chosen.items()
        if place in counts
    ]


def _counts(session: Session, keys: Iterable[str], is_meant: Meant) -> dict[tuple[str, str], Counter[str]]:
    """How often each value was given, by version and question."""
    answer = json_pairs(HostResponse.answers).table_valued("key", "value").alias("answer")
    rows = session.execute(
        select(HostResponse.questionnaire, answer.c.key, answer.c.value, func.count())
        .join_from(HostResponse, answer, true())
        .where(is_meant, answer.c.key.in_(sorted(keys)))
        .group_by(HostResponse.questionnaire, answer.c.key, answer.c.value)
    )
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for version, key, given, count in rows:
        for value in json.loads(given) if str(given).startswith("[") else [str(given)]:
            counts[version, key][value] += count
    return counts


def _by_choice(question: Question, counts: Counter[str]) -> list[tuple[str, int]]:
    return [(str(word), counts[value]) for value, word in question.choices]
