"""The activity form together with its pushes and media reports, and the values it starts with."""

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from wtforms import FieldList, FormField, HiddenField

from activitylog.accounts.models import User
from activitylog.activities.details import ActivityDetails, details_of
from activitylog.activities.forms import NO_DISTRICT, ActivityForm
from activitylog.activities.models import Activity
from activitylog.activities.rules import AUDIENCE_GROUPS
from activitylog.core.period import month_day
from activitylog.errors import ActivityLogError
from activitylog.pages.activity_form.operations import NewActivity, NewPush, NewReport
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


class NewActivityForm(ActivityForm):
    """A new activity with its pushes and media reports; the nonce lets it be stored only once."""

    nonce = HiddenField(default=lambda: str(uuid.uuid4()))
    plan = HiddenField()  # the number of the planned activity this logs
    owner = HiddenField()  # the user the page was made for: on a shared phone another may be signed in now
    pushes = ArticleRows(FormField(PushRow), "公众号推送")
    reports = ArticleRows(FormField(MediaReportRow), "媒体报道")

    @property
    def sent_nonce(self) -> str | None:
        return self.nonce.data if _NONCE.fullmatch(self.nonce.data or "") else None

    @property
    def has_articles(self) -> bool:
        return any(not row.form.is_empty() for row in (*self.pushes, *self.reports))

    def is_owned_by(self, user: User) -> bool:
        return self.owner.data in (None, "", str(user.id))

    def error_sentences(self) -> dict[str, str]:
        """The first error of every input by its name; "" holds an error of the whole form."""
        found = dict(_first_sentences(self))
        return found | ({"": self.form_errors[0]} if self.form_errors else {})

    def entry(self) -> NewActivity:
        """The new activity as filled in; empty rows of articles are left out."""
        return NewActivity(
            self.details(),
            is_plan=self.is_plan,
            is_confirmed=self.heads_confirmed.data,
            pushes=tuple(new_push(row) for row in self.pushes if not row.form.is_empty()),
            reports=tuple(new_report(row) for row in self.reports if not row.form.is_empty()),
        )

    def refuse(self, refusal: ActivityLogError) -> None:
        if not refuse_in_row(self, refusal, fallback="link"):
            super().refuse(refusal)


def _first_sentences(fields: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _first_sentences(field.form)
            continue
        yield from ((field.name, error) for error in field.errors[:1] if isinstance(error, str))
        if isinstance(field, FieldList):
            yield from _first_sentences(field.entries)


def new_push(row: Any) -> NewPush:
    """The push filled into a row of articles."""
    form = row.form
    return NewPush(
        field=row.name,
        title=form.title.data or "",
        link=form.link.data or "",
        batch=form.batch.data or "",
        published_on=form.published_on.data,
        is_another=form.is_another.data,
    )


def new_report(row: Any) -> NewReport:
    """The media report filled into a row of articles."""
    form = row.form
    return NewReport(
        field=row.name,
        title=form.title.data or "",
        outlet=form.outlet.data or "",
        link=form.link.data or "",
        published_on=form.published_on.data,
        is_repost=form.is_repost.data,
        is_another=form.is_another.data,
    )


def form_values(details: ActivityDetails) -> dict[str, Any]:
    """The form's values for a stored activity."""
    values = {field.name: getattr(details, field.name) for field in fields(ActivityDetails)}
    first, *others = values.pop("districts") or (NO_DISTRICT,)
    return values | {
        "kinds": list(details.kinds),
        "district": first,
        "more_districts": others,
        **{name: getattr(details, name) or None for name in ("audience_online", *AUDIENCE_GROUPS.values())},
        "counting_method": details.counting_method or None,
        "form": details.form or None,
        "checks": list(details.checks),
    }


def copied_values(activity: Activity, today: date) -> dict[str, Any]:
    """The form's values for a similar activity held today, without what belongs to the old day."""
    values = form_values(details_of(activity))
    name, day = values["title"], activity.happens_on
    cleared: dict[str, Any] = {
        "held_on": today,
        "start_time": None,
        "planned_on": None,
        "audience_onsite": None,
        "audience_online": None,
        **dict.fromkeys(AUDIENCE_GROUPS.values()),
        "speaker": "",
        "note": "",
        "checks": [],
        "summary": "",
    }
    return values | cleared | {"title": name.replace(month_day(day), month_day(today))}


def planned_values(plan: Activity, today: date) -> dict[str, Any]:
    """The form's values for logging a plan, held on its planned day, today at the latest."""
    values = form_values(details_of(plan))
    held_on = min(plan.planned_on or today, today)
    cleared = {"plan": plan.number, "version": str(plan.version), "held_on": held_on, "audience_onsite": None}
    return values | cleared
