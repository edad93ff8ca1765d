"""The activity form together with its pushes and media reports."""

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from wtforms import FieldList, FormField, HiddenField

from activitylog.accounts.models import User
from activitylog.activities.forms import ActivityForm
from activitylog.errors import ActivityLogError
from activitylog.pages.activity_form.operations import Entry, PushEntry, ReportEntry
from activitylog.publicity.forms import MediaReportRow, PushRow
from activitylog.web.rows import RowList, refuse_in_row

MOST_ROWS = 20
_NONCE = re.compile(r"[0-9a-fA-F-]{8,36}")


class ArticleRows(RowList):
    """Articles of an activity."""

    most = MOST_ROWS

    def too_many(self, count: int) -> str:
        return (
            f"{self.label.text}一次最多登记 {MOST_ROWS} 条，现在有 {count} 条；"
            "请去掉一些，保存后再到活动页补上。"
        )


class EntryForm(ActivityForm):
    """A new activity with what has been published about it; the nonce makes a second tap the first."""

    nonce = HiddenField(default=lambda: str(uuid.uuid4()))
    plan = HiddenField()  # the number of the planned activity this logs
    owner = HiddenField()  # who the page was made for: on a shared phone another may have signed in since
    pushes = ArticleRows(FormField(PushRow), "公众号推送")
    reports = ArticleRows(FormField(MediaReportRow), "媒体报道")

    @property
    def sent_nonce(self) -> str | None:
        return self.nonce.data if _NONCE.fullmatch(self.nonce.data or "") else None

    @property
    def tells_of_articles(self) -> bool:
        return any(not row.form.is_empty() for row in (*self.pushes, *self.reports))

    def is_of(self, user: User) -> bool:
        return self.owner.data in (None, "", str(user.id))

    def sentences(self) -> dict[str, str]:
        """What is wrong, by the name of the input it is said at; "" holds what belongs to none."""
        said = dict(_first_sentences(self))
        return said | ({"": self.form_errors[0]} if self.form_errors else {})

    def entry(self) -> Entry:
        """What was written; rows left empty say nothing."""
        return Entry(
            self.details(),
            is_plan=self.is_plan,
            pushes=tuple(_push(row) for row in self.pushes if not row.form.is_empty()),
            reports=tuple(_report(row) for row in self.reports if not row.form.is_empty()),
        )

    def refuse(self, refusal: ActivityLogError) -> None:
        if not refuse_in_row(self, refusal, otherwise="link"):
            super().refuse(refusal)


def _first_sentences(fields: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _first_sentences(field.form)
            continue
        yield from ((field.name, error) for error in field.errors[:1] if isinstance(error, str))
        if isinstance(field, FieldList):
            yield from _first_sentences(field.entries)


def _push(row: Any) -> PushEntry:
    form = row.form
    return PushEntry(
        field=row.name,
        title=form.title.data or "",
        link=form.link.data or "",
        batch=form.batch.data or "",
        published_on=form.published_on.data,
    )


def _report(row: Any) -> ReportEntry:
    form = row.form
    return ReportEntry(
        field=row.name,
        title=form.title.data or "",
        outlet=form.outlet.data or "",
        link=form.link.data or "",
        published_on=form.published_on.data,
        is_repost=form.is_repost.data,
    )
