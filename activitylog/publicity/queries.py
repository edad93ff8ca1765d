"""Queries of pushes and media reports."""

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of, visible_to
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.rules import key_of_link

Article = TypeVar("Article", Push, MediaReport)


def publicity_of(session: Session, activity_id: int) -> tuple[list[Push], list[MediaReport]]:
    """An activity's pushes and reports, oldest first, the withdrawn ones last."""
    return _on_activity(session, Push, activity_id), _on_activity(session, MediaReport, activity_id)


def _on_activity(session: Session, model: type[Article], activity_id: int) -> list[Article]:
    articles = select(model).where(model.activity_id == activity_id)
    return list(
        session.scalars(articles.order_by(model.withdrawn_at.is_not(None), model.published_on, model.id))
    )


def articles_with_links(
    session: Session, user: User, links: Collection[str]
) -> dict[str, list[Push | MediaReport]]:
    """The articles already recorded with these links, by link; the withdrawn are left out."""
    by_key = {key_of_link(link): link for link in links}
    found: dict[str, list[Push | MediaReport]] = {}
    models: tuple[Any, ...] = ((Push, Push.article_key), (MediaReport, MediaReport.item_key))
    for model, key in models:
        articles = (
            select(model, key)
            .options(joinedload(model.activity))
            .where(key.in_(by_key), model.withdrawn_at.is_(None), visible_to(user, model.project_id))
            .order_by(model.id)
        )
        for article, its_key in session.execute(articles):
            found.setdefault(by_key[its_key], []).append(article)
    return found


def articles_of_same_title(session: Session, article: Push | MediaReport) -> list[Push | MediaReport]:
    """The project's articles of the day with the same title, and outlet, under another link or none."""
    if article.title_key is None:
        return []
    model: Any = type(article)
    day = article.published_on
    of_day = select(model).where(
        model.project_id == article.project_id, model.published_on == day, model.withdrawn_at.is_(None)
    )
    found = session.scalars(of_day.order_by(model.id))
    return [each for each in found if each is not article and each.title_key == article.title_key]


def article_count(session: Session, model: type[Article], project: Project) -> int:
    """How many of a project's articles are not withdrawn."""
    counted = select(func.count(model.id)).where(
        model.project_id.in_(branch_of(project)), model.withdrawn_at.is_(None)
    )
    return session.scalar(counted) or 0
