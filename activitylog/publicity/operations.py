"""Records pushes and media reports; an article is recorded once on an activity or project."""

from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.records import project_for
from activitylog.core import records
from activitylog.core.period import business_day, day_label
from activitylog.core.text.words import read_name, read_title, read_word
from activitylog.errors import BadInput, Refused
from activitylog.projects.models import Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.queries import articles_of_same_title
from activitylog.publicity.rules import article_key, check_link, item_key

Article = TypeVar("Article", Push, MediaReport)


def add_push(
    session: Session,
    *,
    project_id: int,
    activity_id: int | None,
    title: str,
    link: str,
    batch: str,
    published_on: date,
    published_at: datetime | None = None,
    is_another: bool = False,
    by: User | None,
    now: datetime,
) -> Push:
    """Record one article; the same article on the same activity is refused.

    One of the same title and day under another link is refused unless a person says that `is_another`.
    """
    title, link = _title_and_link(title, link)
    project = _checked_project(session, project_id, activity_id, published_on, now)
    push = Push(
        project_id=project_id,
        activity_id=activity_id,
        title=title,
        link=link,
        article_key=article_key(link, title, published_on),
        batch=records.limited_text(batch, 60, thing="批次", field="batch", read=read_word),
        published_at=published_at,
        published_on=published_on,
    )
    _check_not_repeated(session, push)
    if not is_another:
        _check_another(session, push)
    return records.add_record(session, push, project, by=by, now=now)


def add_media_report(
    session: Session,
    *,
    project_id: int,
    activity_id: int | None,
    title: str,
    outlet: str,
    link: str,
    published_on: date,
    is_repost: bool,
    is_another: bool = False,
    by: User | None,
    now: datetime,
) -> MediaReport:
    """Record one item by others; refused as a push is, the outlet being the same as well."""
    title, link = _title_and_link(title, link)
    outlet = records.limited_text(outlet, 80, thing="媒体名称", field="outlet", read=read_name)
    project = _checked_project(session, project_id, activity_id, published_on, now)
    report = MediaReport(
        project_id=project_id,
        activity_id=activity_id,
        title=title,
        outlet=outlet,
        link=link,
        item_key=item_key(link, outlet, title),
        published_on=published_on,
        is_repost=is_repost,
    )
    _check_not_repeated(session, report)
    if not is_another:
        _check_another(session, report)
    return records.add_record(session, report, project, by=by, now=now)


def restore_article(session: Session, article: Push | MediaReport, *, by: User | None, now: datetime) -> None:
    """Let a withdrawn push or report count again, unless the same has been recorded anew."""
    _check_not_repeated(session, article)
    records.restore_record(session, article, by=by, now=now)


def _title_and_link(title: str, link: str) -> tuple[str, str]:
    title = records.limited_text(title, 200, thing="标题", field="title", read=read_title)
    link = check_link(link) if link.strip() else ""
    if not title and not link:
        raise BadInput("请粘贴文章链接；没有链接时请填写标题。", field="link")
    return title, link


def _checked_project(
    session: Session, project_id: int, activity_id: int | None, published_on: date, now: datetime
) -> Project:
    """The project, in whose year the article has to be published."""
    project = project_for(session, project_id, activity_id)
    records.check_past(published_on, business_day(now), thing="发布日期", field="published_on")
    records.check_year(
        published_on,
        project.year,
        thing="发布日期",
        field="published_on",
        into_january=activity_id is not None,
    )
    return project


def _check_not_repeated(session: Session, record: Push | MediaReport) -> None:
    """Refuse an article already recorded on the same activity or, without one, on the project."""
    with session.no_autoflush:
        first = session.scalars(_same_article(record).limit(1)).first()
    if first is None:
        return
    name = _name_of(first)
    day = f"{first.published_on.year}年{day_label(first.published_on)}"
    where = "这场活动" if record.activity_id is not None else "这个项目"
    raise Refused(
        f"{where}已经登记过这篇{record.thing}：{name}（{day}发布），不用再登记。",
        field="link" if record.link else "title",
    )


def _check_another(session: Session, record: Push | MediaReport) -> None:
    """Ask about an article of the project's with the same title and day under another link."""
    with session.no_autoflush:
        alike = [each for each in articles_of_same_title(session, record) if _key(each) != _key(record)]
    if alike:
        other = alike[0].link or "没有填链接"
        raise Refused(
            f"这个项目当天已有一篇同名的{record.thing}：{_name_of(alike[0])}（{other}）。"
            "是同一篇的，不用再登记；确实是另一篇，请勾选这一项后再登记。",
            field="is_another",
        )


def _key(article: Push | MediaReport) -> str:
    return article.article_key if isinstance(article, Push) else article.item_key


def _name_of(article: Push | MediaReport) -> str:
    return f"《{article.title}》" if article.title else article.link


def _same_article(record: Push | MediaReport) -> Select[Push] | Select[MediaReport]:
    if isinstance(record, Push):
        return _other_articles(select(Push).where(Push.article_key == record.article_key), Push, record)
    return _other_articles(
        select(MediaReport).where(MediaReport.item_key == record.item_key), MediaReport, record
    )


def _other_articles(found: Select[Article], model: type[Article], record: Article) -> Select[Article]:
    """Those of the found articles on the record's activity or project, without itself and the withdrawn."""
    if record.id is not None:
        found = found.where(model.id != record.id)
    return found.where(
        model.project_id == record.project_id,
        model.activity_id.is_not_distinct_from(record.activity_id),
        model.withdrawn_at.is_(None),
    ).order_by(model.id)
