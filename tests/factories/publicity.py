"""Pushes and media reports, made by the operations."""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.projects.models import Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.operations import add_media_report, add_push
from tests.factories.projects import make_project

NOW = datetime(2024, 12, 31, 2, 0, tzinfo=UTC)
_serial = count(1)


def make_push(
    session: Session,
    project: Project | None = None,
    *,
    activity: Activity | None = None,
    link: str | None = None,
    title: str = "科普推送",
    batch: str = "",
    published_on: date = date(2024, 6, 12),
    now: datetime = NOW,
) -> Push:
    """A push with a link of its own unless one is named, on the activity's project where there is one."""
    return add_push(
        session,
        project_id=_project_id(session, project, activity),
        activity_id=activity.id if activity else None,
        title=title,
        link=f"https://mp.weixin.qq.com/s/article{next(_serial)}" if link is None else link,
        batch=batch,
        published_on=published_on,
        is_another=True,
        by=None,
        now=now,
    )


def make_media_report(
    session: Session,
    project: Project | None = None,
    *,
    activity: Activity | None = None,
    link: str | None = None,
    title: str = "媒体报道",
    outlet: str = "解放日报",
    published_on: date = date(2024, 6, 12),
    is_repost: bool = False,
    now: datetime = NOW,
) -> MediaReport:
    """A report with a link of its own unless one is named."""
    return add_media_report(
        session,
        project_id=_project_id(session, project, activity),
        activity_id=activity.id if activity else None,
        title=title,
        outlet=outlet,
        link=f"https://news.example.cn/{next(_serial)}" if link is None else link,
        published_on=published_on,
        is_repost=is_repost,
        is_another=True,
        by=None,
        now=now,
    )


def _project_id(session: Session, project: Project | None, activity: Activity | None) -> int:
    return activity.project_id if activity else (project or make_project(session)).id
