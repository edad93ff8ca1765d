"""The activity form together with its pushes and media reports."""

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from wtforms import FieldList, FormField, HiddenField

from activitylog.accounts.models import User
from activitylog.activities.forms import ActivityForm
from activitylog.desk.operations import Entry, PushEntry, ReportEntry
from activitylog.errors import ActivityLogError
from activitylog.publicity.forms import MediaReportRow, PushRow
from activitylog.web.forms import BaseForm

MOST_ROWS = 20
MOST_READ = 200  # rows read at all: far more than a person types, few enough to print back
_NONCE = re.compile(r"[0-9a-fA-F-]{8,36}")


class RowList(FieldList):
    """Rows of a sub-form: two stand ready, and more than MOST_ROWS are refused, never dropped."""

    errors: list[Any]

    def __init__(self, row: Any, label: str, **kwargs: Any) -> None:
        super().__init__(row, label, **{"min_entries": 2, **kwargs})
        self.type = "FieldList"  # the name templates know it by

    def process(self, *args: Any, **kwargs: Any) -> None:
        self.max_entries = MOST_READ
        super().process(*args, **kwargs)
        self.max_entries = MOST_ROWS

    def validate(self, form: BaseForm, extra_validators: Any = ()) -> bool:
        super().validate(form, extra_validators)
        if len(self.entries) > MOST_ROWS:
            self.errors.append(
                f"{self.label.text}一次最多登记 {MOST_ROWS} 条，现在有 {len(self.entries)} 条；"
                "请去掉一些，保存后再到活动页补上。"
            )
        return not self.errors

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        key = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,6}})-")
        return (int(match[1]) for name in formdata if (match := key.match(name)))


class EntryForm(ActivityForm):
    """A new activity with what has been published about it; the nonce makes a second tap the first."""

    nonce = HiddenField(default=lambda: str(uuid.uuid4()))
    owner = HiddenField()  # who the page was made for: on a shared phone another may have signed in since
    pushes = RowList(FormField(PushRow), "公众号推送")
    reports = RowList(FormField(MediaReportRow), "媒体报道")

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
        """A refusal's field may lie in a row, as in `pushes-0-link`."""
        list_name, _, rest = (refusal.field or "").partition("-")
        index, _, name = rest.partition("-")
        if not name:
            super().refuse(refusal)
            return
        row = self[list_name].entries[int(index)].form
        field = getattr(row, name, row.link)
        field.errors = [*field.errors, str(refusal)]


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
