"""A year of records for the benchmarks, written straight into the tables."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityDistrict, ActivityKind, activity_kind_link
from activitylog.activities.rules import FORMS, VENUE_KINDS, Status
from activitylog.core.districts import DISTRICTS
from activitylog.expenses.models import Expense
from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import KINDS
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.rollup.operations import take_declaration
from activitylog.surveys.models import Response

NOW = datetime(2025, 1, 2, tzinfo=UTC)
FIRST_DAY = date(2024, 1, 1)
DAYS = 366
SEED = 2024
CHUNK = 5_000


def fill(session: Session, *, activities: int, answers_each: int) -> None:
    """The declared year with `activities` activities, as many pushes, half as many reports, and answers."""
    take_declaration(session, read_declaration(sample_path()), now=NOW)
    dice = random.Random(SEED)
    children = list(session.scalars(select(Project.id).where(Project.parent_id.is_not(None))))
    kinds = list(session.scalars(select(ActivityKind.id)))
    rows = [_activity(dice, number, children) for number in range(1, activities + 1)]
    _store(session, Activity, rows)
    _store(session, ActivityDistrict, _districts(dice, activities))
    _store(session, activity_kind_link, _links(dice, activities, kinds))
    _store(session, Push, [_push(dice, row) for row in rows])
    _store(session, MediaReport, [_report(dice, row) for row in rows[::2]])
    _store(session, Response, _answers(dice, activities, answers_each))
    _store(session, Expense, [_expense(dice, children) for _ in range(activities // 4)])
    _store(session, Milestone, [_milestone(dice, children) for _ in range(200)])
    session.commit()


def _store(session: Session, table: Any, rows: Any) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            session.execute(insert(table), chunk)
            chunk = []
    if chunk:
        session.execute(insert(table), chunk)


def _day(dice: random.Random) -> date:
    return FIRST_DAY + timedelta(days=dice.randrange(DAYS))


def _activity(dice: random.Random, number: int, children: list[int]) -> dict[str, Any]:
    held_on = _day(dice)
    return {
        "id": number,
        "number": f"B-{number}",
        "survey_token": f"bench{number}",
        "project_id": dice.choice(children),
        "title": f"科普活动第{number}场",
        "form": dice.choice(FORMS),
        "venue_kind": dice.choice(VENUE_KINDS),
        "planned_on": min(held_on + timedelta(days=dice.randint(-1, 5)), date(2024, 12, 31)),
        "held_on": held_on,
        "audience_onsite": dice.randint(10, 300),
        "audience_online": dice.choice((0, 0, 0, 200)),
        "status": dice.choices((Status.APPROVED, Status.LOGGED, Status.WITHDRAWN), (94, 4, 2))[0],
        "quality_met": dice.random() < 0.98,
        "note": "",
        "status_reason": "",
        "created_at": NOW,
        "updated_at": NOW,
    }


def _districts(dice: random.Random, activities: int) -> Iterator[dict[str, Any]]:
    for number in range(1, activities + 1):
        for position, place in enumerate(dice.sample(DISTRICTS, dice.choice((1, 1, 1, 2)))):
            yield {"activity_id": number, "district": place.code, "position": position}


def _links(dice: random.Random, activities: int, kinds: list[int]) -> Iterator[dict[str, Any]]:
    for number in range(1, activities + 1):
        for kind in dice.sample(kinds, dice.choice((0, 1, 1, 2))):
            yield {"activity_id": number, "kind_id": kind}


def _push(dice: random.Random, activity: dict[str, Any]) -> dict[str, Any]:
    link = f"https://mp.weixin.qq.com/s/{activity['number']}"
    return {
        "project_id": activity["project_id"],
        "activity_id": activity["id"],
        "title": activity["title"],
        "link": link,
        "article_key": link,
        "batch": "",
        "published_on": activity["held_on"] + timedelta(days=dice.choice((0, 1, 2, 3, 4))),
        "created_at": NOW,
        "approved_at": NOW,
    }


def _report(dice: random.Random, activity: dict[str, Any]) -> dict[str, Any]:
    link = f"https://news.example/{activity['number']}"
    return {
        "project_id": activity["project_id"],
        "activity_id": activity["id"],
        "title": activity["title"],
        "outlet": "区融媒体中心",
        "link": link,
        "item_key": link,
        "is_repost": dice.random() < 0.1,
        "published_on": activity["held_on"] + timedelta(days=1),
        "created_at": NOW,
        "approved_at": NOW,
    }


def _answers(dice: random.Random, activities: int, each: int) -> Iterator[dict[str, Any]]:
    for number in range(1, activities + 1):
        for answer in range(each):
            yield {
                "activity_id": number,
                "nonce": f"{number}-{answer}",
                "overall": dice.choices((5, 4, 3, 2, 1), (60, 30, 6, 3, 1))[0],
                "answers": {},
                "questionnaire": "default-1",
                "submitted_at": NOW,
            }


def _expense(dice: random.Random, children: list[int]) -> dict[str, Any]:
    planned = dice.randint(10_000, 900_000)
    return {
        "project_id": dice.choice(children),
        "summary": "物料",
        "planned_fen": planned,
        "paid_fen": planned * dice.randint(80, 100) // 100,
        "paid_on": _day(dice),
        "created_at": NOW,
        "approved_at": NOW,
    }


def _milestone(dice: random.Random, children: list[int]) -> dict[str, Any]:
    due_on = _day(dice)
    return {
        "project_id": dice.choice(children),
        "kind": dice.choice(KINDS),
        "name": "事项",
        "due_on": due_on,
        "done_on": due_on + timedelta(days=dice.randint(-9, 3)),
        "created_at": NOW,
        "approved_at": NOW,
    }
