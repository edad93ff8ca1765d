"""The page of what a text finds, by kind of record."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.text.words import clean_text
from activitylog.pages.search.queries import FEW, PAGE_SIZE, Hits, groups_for, hits_of
from activitylog.web.requests import bounded_int

blueprint = Blueprint("search", __name__)
LONGEST_TEXT = 200  # characters; a link pasted whole is read by its key
FARTHEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found: a few of every group, or a page of one."""

    text: str
    found: Sequence[Hits]
    group: str
    page: int


@blueprint.get("/search")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """A few hits of every group; a page of one where the address names it."""
    session, user = db.session(), signed_in_user()
    text = clean_text(request.args.get("q", ""))[:LONGEST_TEXT]
    number = min(max(request.args.get("page", 1, type=bounded_int), 1), FARTHEST_PAGE)
    groups = groups_for(user, text)
    chosen = [group for group in groups if group.key == request.args.get("in")]
    found = [
        hits_of(session, user, group, text, page=number, size=PAGE_SIZE)
        if chosen
        else hits_of(session, user, group, text, page=1, size=FEW)
        for group in (chosen or groups)
        if text
    ]
    page = SearchPage(text, [each for each in found if each.hits], chosen[0].key if chosen else "", number)
    return render_template("search/index.html", page=page)
