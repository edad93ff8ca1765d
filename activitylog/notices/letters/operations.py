"""Stores the letters of a month and tells each person that theirs is there."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from activitylog.core.dialects import insert_for
from activitylog.notices.letters.rules import Letter, letter_json
from activitylog.notices.models import MonthlyLetter
from activitylog.notices.operations import NewNotice, add_notices
from activitylog.notices.rules import Kind, Ways


def store_letters(session: Session, letters: Mapping[int, Letter], *, ways: Ways, now: datetime) -> int:
    """Store those that are not there yet, each with its notice; returns how many."""
    if not letters:
        return 0
    table = cast(Table, MonthlyLetter.__table__)
    rows = [
        {"user_id": user_id, "period": each.period, "content": letter_json(each), "written_at": now}
        for user_id, each in letters.items()
    ]
    new = insert_for(session, table).values(rows).on_conflict_do_nothing(index_elements=["user_id", "period"])
    written = session.scalars(new.returning(table.c.user_id)).all()
    return add_notices(
        session, [_notice(user_id, letters[user_id]) for user_id in written], ways=ways, now=now
    )


def _notice(user_id: int, letter: Letter) -> NewNotice:
    counts = [f"{section.heading} {len(section.lines)} 项" for section in letter.sections if section.lines]
    text = "；".join(counts) + "。" if counts else "没有变化，也没有要做的。"
    return NewNotice(user_id, Kind.LETTER, str(letter.period), letter.title, text, letter.address)
