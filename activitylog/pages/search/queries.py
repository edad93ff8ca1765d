"""Finds records of every kind by a text, of what the person may see, the newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import contains
from activitylog.activities.rules import STATUS_LABELS
from activitylog.activities.venues.queries import visible_venues
from activitylog.core.districts import BY_CODE
from activitylog.core.period import day_label
from activitylog.core.text.words import read_name, read_number_of_record, read_title
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.rules import key_of_link

FEW, PAGE_SIZE = 5, 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found: its title, what else identifies it, and its page."""

    title: str
    note: str
    address: str


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of one group's hits."""

    group: str
    label: str
    hits: Sequence[Hit]
    has_more: bool


@dataclass(frozen=True, slots=True)
class SearchGroup:
    """A kind of record: what is selected for a text, how a row is shown, and who may see any."""

    key: str
    label: str
    rows: Callable[[User, str], Select[Any]]
    hit: Callable[[Any], Hit]
    permission: Permission = Permission.READ
    has_links: bool = False


def hits_of(session: Session, user: User, group: SearchGroup, text: str, *, page: int, size: int) -> Hits:
    """A page of one group; one row more than shown is read to know whether there is another."""
    rows = group.rows(user, text).offset((max(page, 1) - 1) * size).limit(size + 1)
    found = session.scalars(rows).all()
    return Hits(group.key, group.label, [group.hit(each) for each in found[:size]], len(found) > size)


def groups_for(user: User, text: str) -> list[SearchGroup]:
    """The groups the person may see; for a link those alone that have links."""
    is_link = "." in text and "/" in text
    mine = [group for group in GROUPS if user.may(group.permission)]
    return [group for group in mine if group.has_links or not is_link]


def _activities(user: User, text: str) -> Select[Any]:
    """By title, number, or the name of who entered it or spoke."""
    people = select(User.id).where(contains(User.name, read_name(text)))
    titles = {read_title(text), read_name(text)}
    is_meant = or_(
        *(contains(Activity.title, each) for each in sorted(titles)),
        contains(Activity.number, read_number_of_record(text)),
        contains(Activity.speaker, read_name(text)),
        Activity.created_by_id.in_(people),
    )
    found = select(Activity.id, Activity.happens_on).where(visible_to(user, Activity.project_id), is_meant)
    # PostgreSQL would walk the index of days and read every row one by one to find a rare text
    meant = found.cte("meant").prefix_with("MATERIALIZED", dialect="postgresql")
    rows = select(Activity).options(joinedload(Activity.project), joinedload(Activity.venue))
    ordered = rows.join(meant, meant.c.id == Activity.id)
    return ordered.order_by(meant.c.happens_on.desc(), meant.c.id.desc())


def _projects(user: User, text: str) -> Select[Any]:
    rows = select(Project).order_by(Project.year.desc(), Project.position, Project.id)
    return rows.where(visible_to(user, Project.id), contains(Project.name, read_name(text)))


def _indicators(user: User, text: str) -> Select[Any]:
    rows = select(Indicator).join(Indicator.project).options(joinedload(Indicator.project))
    ordered = rows.order_by(Project.year.desc(), Project.position, Indicator.position, Indicator.id)
    return ordered.where(visible_to(user, Project.id), contains(Indicator.name, read_name(text)))


def _venues(user: User, text: str) -> Select[Any]:
    return visible_venues(user, text=read_name(text), district="", kind="")


def _articles(model: Any, key: Any) -> Callable[[User, str], Select[Any]]:
    def rows(user: User, text: str) -> Select[Any]:
        """By link, in whatever spelling, or by title."""
        is_meant: ColumnElement[bool] = contains(model.title, read_title(text))
        if "." in text:
            is_meant = or_(is_meant, key == key_of_link(text), contains(model.link, text))
        found = select(model).options(joinedload(model.project), joinedload(model.activity))
        ordered = found.order_by(model.published_on.desc(), model.id.desc())
        return ordered.where(visible_to(user, model.project_id), model.withdrawn_at.is_(None), is_meant)

    return rows


def _people(_user: User, text: str) -> Select[Any]:
    return (
        select(User).where(contains(User.name, read_name(text))).order_by(User.is_enabled.desc(), User.name)
    )


def _activity_hit(activity: Activity) -> Hit:
    place = f" · {activity.venue.name}" if activity.venue else ""
    day = f"{activity.happens_on.year}年{day_label(activity.happens_on)}"
    note = f"{activity.number} · {day} · {activity.project.name}{place} · {STATUS_LABELS[activity.status]}"
    return Hit(activity.title, note, f"/activities/{activity.number}")


def _article_hit(article: Push | MediaReport) -> Hit:
    day = f"{article.published_on.year}年{day_label(article.published_on)}发布"
    about = article.activity.title if article.activity else article.project.name
    show = "pushes" if isinstance(article, Push) else "reports"
    address = (
        f"/activities/{article.activity.number}#afterwards"
        if article.activity
        else f"/projects/{article.project_id}/publicity?show={show}"
    )
    return Hit(article.title or article.link, f"{day} · {about}", address)


GROUPS = (
    SearchGroup("activities", "活动", _activities, _activity_hit),
    SearchGroup(
        "projects",
        "项目",
        _projects,
        lambda project: Hit(project.name, f"{project.year}年", f"/projects/{project.id}"),
    ),
    SearchGroup(
        "indicators",
        "指标",
        _indicators,
        lambda indicator: Hit(
            indicator.name,
            f"{indicator.project.year}年 · {indicator.project.name}",
            f"/indicators/{indicator.id}",
        ),
    ),
    SearchGroup(
        "venues",
        "场所",
        _venues,
        lambda venue: Hit(
            venue.name, BY_CODE[venue.district].name if venue.district else "", f"/venues/{venue.id}"
        ),
    ),
    SearchGroup("pushes", "公众号推送", _articles(Push, Push.article_key), _article_hit, has_links=True),
    SearchGroup(
        "reports", "媒体报道", _articles(MediaReport, MediaReport.item_key), _article_hit, has_links=True
    ),
    SearchGroup(
        "people",
        "用户",
        _people,
        lambda user: Hit(user.name, user.role_text, f"/users/{user.id}"),
        Permission.MANAGE_PEOPLE,
    ),
)
