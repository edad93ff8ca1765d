"""The audit trail's page: who changed what, when, and from where."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import SelectField, StringField

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.audit.queries import TrailFilters, entries_found
from activitylog.core.actor import COMMAND_LINE, JOB, NOT_SIGNED_IN
from activitylog.core.database import db
from activitylog.core.period import start_of_day
from activitylog.pages.trail.page import kind_labels, lines
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_projects
from activitylog.web.forms import BaseForm, DayField, clean_text

ALL = {"": "全部"}
blueprint = Blueprint("audit", __name__)


class TrailFilterForm(BaseForm):
    """What the trail is narrowed to, from the address; a value that means nothing narrows nothing."""

    class Meta(BaseForm.Meta):
        csrf = False

    q = StringField("名称、活动编号或内容")
    who = SelectField("人员")
    kind = SelectField("类别")
    project = SelectField("项目")
    since = DayField("从")
    until = DayField("到")

    def offer(self, *, people: Sequence[str], projects: Sequence[Project]) -> None:
        """Fill the lists, and drop what the address says that is on none of them."""
        names = (*people, COMMAND_LINE, JOB, NOT_SIGNED_IN)
        self.who.choices = ALL | {name: name for name in names}
        self.kind.choices = ALL | kind_labels()
        self.project.choices = ALL | {str(each.id): f"{each.year}年 {each.name}" for each in projects}
        for field in (self.who, self.kind, self.project):
            if field.data not in field.choices:
                field.data = ""

    def filters(self, activity_id: int | None) -> TrailFilters:
        return TrailFilters(
            who=self.who.data,
            kind=self.kind.data,
            project_id=int(self.project.data) if self.project.data else None,
            activity_id=activity_id,
            since=start_of_day(self.since.data) if self.since.data else None,
            until=start_of_day(self.until.data + timedelta(days=1)) if self.until.data else None,
            text="" if activity_id else self.text,
        )

    @property
    def text(self) -> str:
        return clean_text(self.q.data) or ""

    def narrowed(self) -> dict[str, str]:
        """The words of the filters at work, by the name they have in the address."""
        chosen = {
            field.name: field.choices[field.data]
            for field in (self.who, self.kind, self.project)
            if field.data
        }
        days = {"since": f"从 {self.since.data}" if self.since.data else ""}
        days["until"] = f"到 {self.until.data}" if self.until.data else ""
        words = {"q": f"“{self.text}”" if self.text else "", **chosen, **days}
        return {name: word for name, word in words.items() if word}


@blueprint.get("/audit")
@needs(Permission.AUDIT)
def index() -> ResponseReturnValue:
    """Entries, newest first, narrowed by what the address says."""
    session = db.session()
    form = TrailFilterForm(request.args)
    form.offer(
        people=session.scalars(select(User.name).order_by(User.id)).all(),
        projects=visible_projects(session, signed_in_user()),
    )
    form.validate()
    activity_id = session.scalar(select(Activity.id).where(Activity.number == form.text))
    before = request.args.get("before", type=int)
    found = entries_found(session, form.filters(activity_id), before=before)
    kept = {name: request.args[name] for name in form.narrowed()}
    return render_template(
        "audit/index.html",
        form=form,
        lines=lines(session, found.entries),
        found=found,
        is_first=before is None,
        narrowed=[(word, _address(kept, without=name)) for name, word in form.narrowed().items()],
        newest=_address(kept),
        older=_address(kept | {"before": str(found.older)}) if found.older else "",
    )


def _address(kept: dict[str, str], *, without: str = "") -> str:
    return "?" + urlencode({name: value for name, value in kept.items() if name != without})
