"""The page of the links read from pasted text, to be checked before they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.pages.paste.forms import PastedForm
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.queries import articles_with_links
from activitylog.rollup.drilldown import ArticlesCountFor, indicators_counting_articles


@dataclass(frozen=True, slots=True)
class PastedLinksPage:
    """The links read; `known` are the articles stored before, by link; `unread` only looks like links."""

    activity: Activity
    form: PastedForm
    known: Mapping[str, Sequence[Push | MediaReport]]
    unread: Sequence[str]
    counts: ArticlesCountFor


def pasted_links_page(
    session: Session, activity: Activity, form: PastedForm, unread: Sequence[str], *, by: User
) -> PastedLinksPage:
    return PastedLinksPage(
        activity=activity,
        form=form,
        known=articles_with_links(session, by, [row.form.link.data or "" for row in form.rows]),
        unread=unread,
        counts=indicators_counting_articles(session, activity, by=by),
    )
