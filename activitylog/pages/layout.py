"""The template variables of every page: assets, display preferences, permissions, notices, review count."""

from datetime import date
from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from activitylog.accounts.guards import signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.review.operations import record_mark, why_not_approvable
from activitylog.activities.review.queries import (
    count_text,
    second_person_notice,
    waiting_counts,
)
from activitylog.core.database import db
from activitylog.core.records import DatedRecord
from activitylog.indicators.counted_words import UncountedWord, counted_words, uncounted_word
from activitylog.milestones.routes import UNCOUNTED_KIND
from activitylog.notices.queries import unread_count
from activitylog.office.rules import logo_digest, why_unreachable
from activitylog.projects.models import Project
from activitylog.rollup.periods.operations import adjustment_notice, late_entry_notice
from activitylog.web import assets, formats
from activitylog.web.requests import COOKIE, current_settings, preferences_of

_STRANGER = frozenset({Permission.READ})  # whose navigation names the pages; each asks to sign in


def _template_variables() -> dict[str, Any]:
    permissions = getattr(current_user, "permissions", _STRANGER)
    settings = current_settings()
    return {
        "office_name": settings.office_name,
        "office_contact": settings.office_contact,
        "logo_url": logo_url(settings.office_logo),
        "unreachable_address": settings.public_url if why_unreachable(settings.public_url) else "",
        "may_set_office": Permission.SET_OFFICE in permissions,
        "asset_url": assets.asset_url,
        "import_map": assets.import_map,
        "preloads": assets.preloads,
        "preferences": preferences_of(request.cookies.get(COOKIE)),
        "may_read": Permission.READ in permissions,
        "may_log": Permission.LOG in permissions,
        "may_review": Permission.REVIEW in permissions,
        "review_count": _review_count,
        "unread_count": _unread_count,
        "may_edit_rules": Permission.EDIT_RULES in permissions,
        "may_edit_venues": Permission.EDIT_VENUES in permissions,
        "may_roll_up": Permission.ROLL_UP in permissions,
        "may_set_review": Permission.SET_REVIEW in permissions,
        "may_audit": Permission.AUDIT in permissions,
        "may_manage_people": Permission.MANAGE_PEOPLE in permissions,
        "may_settle": Permission.SETTLE in permissions,
        "change_notice": _change_notice,
        "late_notice": _late_notice,
        "second_person_notice": _second_person_notice,
        "record_mark": record_mark,
        "why_not_approvable": _why_not_approvable,
    }


def logo_url(address: str) -> str:
    """Where a browser finds the office's logo; empty without one."""
    return url_for("settings.logo", digest=logo_digest(address)) if address else ""


def _change_notice(*days: date | None) -> str:
    """A sentence where a change of a record of these days becomes an adjustment, else empty."""
    return adjustment_notice(db.session(), days)


def _late_notice(year: int) -> str:
    """A sentence where a new record of that year may become an adjustment, else empty."""
    return late_entry_notice(db.session(), year)


def _second_person_notice(project: Project) -> str:
    """A sentence where no second person looks at what is entered in the project, else empty."""
    return second_person_notice(db.session(), project)


def _why_not_approvable(record: DatedRecord | Activity) -> str:
    """The sentence by which the person who looks may not approve a record, else empty."""
    return why_not_approvable(db.session(), record, signed_in_user())


def _review_count() -> str:
    """How many activities and records wait for this person's review, as in the navigation; empty for none."""
    if "review_count" not in g:
        g.review_count = count_text(sum(waiting_counts(db.session(), signed_in_user())))
    count: str = g.review_count
    return count


def _unread_count() -> str:
    """How many of the person's notices are unread, as beside the bell; empty for none."""
    if "unread_count" not in g:
        g.unread_count = count_text(unread_count(db.session(), signed_in_user().id))
    count: str = g.unread_count
    return count


def _uncounted_milestone_kind(project_id: int, kind: str) -> UncountedWord | None:
    """What the milestone's form, in a room below the rules, asks about a kind that no rule counts."""
    return uncounted_word("kind", kind, counted_words(db.session())[project_id])


def register(app: Flask) -> None:
    formats.register(app)
    app.extensions[UNCOUNTED_KIND] = _uncounted_milestone_kind
    app.context_processor(_template_variables)
