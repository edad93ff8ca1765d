"""Pushes and media reports as pages show them."""

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of, seen_by
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.rules import key_of_link
from activitylog.web.paging import Page, page_of

Article = TypeVar("Article", Push, MediaReport)


def publicity_of(session: Session, activity_id: int) -> tuple[list[Push], list[MediaReport]]:
    """An activity's pushes and reports, oldest first, the withdrawn ones last."""
    return _on_activity(session, Push, activity_id), _on_activity(session, MediaReport, activity_id)


def _on_activity(session: Session, model: type[Article], activity_id: int) -> list[Article]:
    wanted = select(model).where(model.activity_id == activity_id)
    return list(
        session.scalars(wanted.order_by(model.withdrawn_at.is_not(None), model.published_on, model.id))
    )


def logged_with(session: Session, user: User, links: Collection[str]) -> dict[str, list[Push | MediaReport]]:
    """What stands of these links already, by the link; the withdrawn are left out."""
    by_key = {key_of_link(link): link for link in links}
    found: dict[str, list[Push | MediaReport]] = {}
    models: tuple[Any, ...] = ((Push, Push.article_key), (MediaReport, MediaReport.item_key))
    for model, key in models:
        wanted = (
            select(model, key)
            .options(joinedload(model.activity))
            .where(key.in_(by_key), model.withdrawn_at.is_(None), seen_by(user, model.project_id))
            .order_by(model.id)
        )
        for article, its_key in session.execute(wanted):
            found.setdefault(by_key[its_key], []).append(article)
    return found


def articles_of(session: Session, model: type[Article], project: Project, *, page: int) -> Page[Article]:
    """A project's pushes or reports, for an umbrella its children's too, the latest first."""
    return page_of(session, _of(model, project).where(model.withdrawn_at.is_(None)), page)


def withdrawn_of(session: Session, model: type[Article], project: Project) -> list[Article]:
    """Those of them that no longer count, the latest first."""
    return list(session.scalars(_of(model, project).where(model.withdrawn_at.is_not(None))))


def count_of(session: Session, model: type[Article], project: Project) -> int:
    """How many of them count."""
    counted = select(func.count(model.id)).where(
        model.project_id.in_(branch_of(project)), model.withdrawn_at.is_(None)
    )
    return session.scalar(counted) or 0


def _of(model: type[Article], project: Project) -> Select[Article]:
    return (
        select(model)
        .options(joinedload(model.activity))
        .where(model.project_id.in_(branch_of(project)))
        .order_by(model.published_on.desc(), model.id.desc())
    )


def push_seen_by(session: Session, user: User, push_id: int) -> Push:
    """One push, or Missing when there is none the person may see."""
    return _seen(session, Push, user, push_id, "推送")


def report_seen_by(session: Session, user: User, report_id: int) -> MediaReport:
    """One media report, or Missing when there is none the person may see."""
    return _seen(session, MediaReport, user, report_id, "媒体报道")


def _seen(session: Session, model: type[Article], user: User, record_id: int, thing: str) -> Article:
    wanted = select(model).options(joinedload(model.activity))
    found: Article | None = session.scalar(
        wanted.where(model.id == record_id, seen_by(user, model.project_id))
    )
    if found is None:
        raise Missing(f"没有这条{thing}，或它不在您的项目里；请从项目的宣传页重新进入。")
    return found
