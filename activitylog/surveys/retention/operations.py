"""Deletes devices and texts of one day of activities, and masks some stored answers: small transactions."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, Delete, Select, Update, delete, func, select, update
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.core.dialects import json_text, json_with
from activitylog.core.text.personal import mask_personal
from activitylog.surveys.models import AnsweredDevice, HostDevice, HostResponse, Response
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.rules import Questionnaire
from activitylog.surveys.retention.models import RetentionProgress
from activitylog.surveys.retention.rules import DATED_LATER, DELETED, Task

ANSWERS = 2000  # read in one transaction
_ANSWERS_OF = {Task.MASK: Response, Task.MASK_HOSTS: HostResponse}


def first_day_due(session: Session, task: Task, before: date) -> date | None:
    """The first day of activities before which the task may have something to do; None without any."""
    done = session.get(RetentionProgress, task)
    days = select(func.min(Activity.happens_on)).where(Activity.happens_on < before)
    if done is not None and done.through_on is not None:
        days = days.where(Activity.happens_on > done.through_on - DATED_LATER)
    return session.scalar(days)


def next_day_due(session: Session, day: date, before: date) -> date | None:
    """The next day with activities."""
    days = select(func.min(Activity.happens_on)).where(
        Activity.happens_on > day, Activity.happens_on < before
    )
    return session.scalar(days)


def delete_devices(session: Session, day: date) -> int:
    """Delete the hashes of devices that answered for a day's activities; returns how many."""
    deleted = sum(
        _changed(session, delete(table).where(table.activity_id.in_(_activities_of(day))))
        for table in (AnsweredDevice, HostDevice)
    )
    _note(session, Task.DEVICES, on=day)
    return deleted


def delete_texts(session: Session, day: date, questionnaires: Collection[Questionnaire]) -> int:
    """Put DELETED in the place of the texts about a day's activities; returns how many there were."""
    deleted = sum(
        _changed(session, _deletion(table, questionnaire, question.key, day))
        for table in (Response, HostResponse)
        for questionnaire in questionnaires
        for question in questionnaire.questions
        if question.is_listed
    )
    _note(session, Task.TEXTS, on=day)
    return deleted


def _deletion(table: Any, questionnaire: Questionnaire, question: str, day: date) -> Update:
    text = json_text(table.answers, question)
    answers = update(table).where(
        table.activity_id.in_(_activities_of(day)),
        table.questionnaire == questionnaire.version,
        text.is_not(None),
        text != DELETED,
    )
    return answers.values(answers=json_with(table.answers, question, DELETED))


def mask_stored(session: Session, task: Task) -> tuple[int, bool]:
    """Mask the texts of the next answers; returns how many were changed, and whether there are more."""
    table: Any = _ANSWERS_OF[task]
    done = session.get(RetentionProgress, task)
    after = done.through_id or 0 if done is not None else 0
    rows = select(table.id, table.questionnaire, table.answers).where(table.id > after)
    answers = session.execute(rows.order_by(table.id).limit(ANSWERS)).all()
    if not answers:
        return 0, False
    found = questionnaires_of(session, {row.questionnaire for row in answers})
    changed = 0
    for row in answers:
        masked = _masked(row.answers, found.get(row.questionnaire))
        if masked != row.answers:
            session.execute(update(table).where(table.id == row.id).values(answers=masked))
            changed += 1
    _note(session, task, through_id=answers[-1].id)
    return changed, len(answers) == ANSWERS


def _masked(answers: dict[str, Any], questionnaire: Questionnaire | None) -> dict[str, Any]:
    """The answers with masked texts; of a questionnaire that is not known every text is one."""
    questions = [] if questionnaire is None else questionnaire.questions
    keys = {each.key for each in questions if each.is_listed} if questionnaire else answers.keys()
    return {
        key: mask_personal(value) if key in keys and isinstance(value, str) else value
        for key, value in answers.items()
    }


def record_retention(session: Session, counts: dict[str, int]) -> None:
    """One entry for a run that changed something."""
    changed = {name: count for name, count in counts.items() if count}
    if changed:
        record_changes(session, Change("retention", None, "答卷", "expired", after=changed))


def _activities_of(day: date) -> Select[int]:
    return select(Activity.id).where(Activity.happens_on == day)


def _changed(session: Session, statement: Update | Delete) -> int:
    options = {"preserve_rowcount": True, "synchronize_session": False}
    result: CursorResult[Any] = session.connection().execute(statement, execution_options=options)
    return result.rowcount


def _note(session: Session, task: Task, *, on: date | None = None, through_id: int | None = None) -> None:
    done = session.get(RetentionProgress, task)
    if done is None:
        session.add(RetentionProgress(task=task, through_on=on, through_id=through_id))
    elif on is None or done.through_on is None or on > done.through_on:
        done.through_on, done.through_id = on, through_id
    session.flush()
