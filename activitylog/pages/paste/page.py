"""The page of the links read from pasted text, to be checked before they are stored."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.text.links import normalised_link
from activitylog.pages.paste.forms import PastedForm
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.queries import articles_of_same_title, articles_with_links
from activitylog.rollup.drilldown import ArticlesCountFor, indicators_counting_articles


@dataclass(frozen=True, slots=True)
class PastedLinksPage:
    """The links read; `known` are the articles stored before, by link; `unread` only looks like links.

    `undated` are the names of rows whose day the text does not say: the usual one stands there.
    `alike` are sentences about articles of the same title and day under another link, by row name.
    """

    activity: Activity
    form: PastedForm
    known: Mapping[str, Sequence[Push | MediaReport]]
    alike: Mapping[str, str]
    unread: Sequence[str]
    undated: Collection[str]
    counts: ArticlesCountFor


def pasted_links_page(
    session: Session,
    activity: Activity,
    form: PastedForm,
    unread: Sequence[str],
    undated: Collection[str],
    *,
    by: User,
) -> PastedLinksPage:
    known = articles_with_links(session, by, [row.form.link.data or "" for row in form.rows])
    return PastedLinksPage(
        activity=activity,
        form=form,
        known=known,
        alike=_alike(session, activity, form),
        unread=unread,
        undated=undated,
        counts=indicators_counting_articles(session, activity, by=by),
    )


def _alike(session: Session, activity: Activity, form: PastedForm) -> dict[str, str]:
    """Sentences about the rows whose article may be one stored, or one of a row above, under another link."""
    sentences: dict[str, str] = {}
    above: dict[Hashable, int] = {}
    for place, row in enumerate(form.rows, start=1):
        article = row.form.article(activity)
        if article is None or article.title_key is None:
            continue
        key = normalised_link(article.link)
        first = above.setdefault((type(article), article.title_key), place)
        stored = articles_of_same_title(session, article)
        if any(normalised_link(each.link) == key for each in stored):
            continue
        if stored:
            sentences[row.name] = (
                f"本项目当天已有一篇同名的{article.thing}（{stored[0].link or '没有填链接'}）"
            )
        elif first != place:
            sentences[row.name] = f"与上面第 {first} 个链接同名同日"
    return sentences
