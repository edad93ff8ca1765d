"""The pages of venues: list, one venue with its history, edit, merge."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Venue
from activitylog.activities.venues import queries as venues_queries
from activitylog.activities.venues.forms import MergeForm, VenueFilterForm, VenueForm
from activitylog.activities.venues.operations import edit_venue, merge_venue, separate_venue
from activitylog.activities.venues.queries import VenueRow
from activitylog.core.database import db
from activitylog.core.districts import BY_CODE
from activitylog.core.period import utc_now
from activitylog.core.spreadsheets import ListColumn
from activitylog.core.text.words import read_name
from activitylog.errors import BadInput, Refused
from activitylog.files.routes import send_list
from activitylog.web.requests import bounded_int, wants_workbook

blueprint = Blueprint("venues", __name__, url_prefix="/venues")
EXPORTED: tuple[ListColumn[VenueRow], ...] = (
    ListColumn("名称", lambda row: row.venue.name, 32),
    ListColumn("区", lambda row: BY_CODE[row.venue.district].name if row.venue.district else "", 10),
    ListColumn("类型", lambda row: row.venue.kind),
    ListColumn("容量", lambda row: row.venue.capacity, 10),
    ListColumn("活动场次", lambda row: row.visits.count, 10),
    ListColumn("受众人数", lambda row: row.visits.heads, 12),
    ListColumn("最近一次", lambda row: row.visits.last_on),
)


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The list, filtered by the address; or all its pages as a workbook."""
    form = VenueFilterForm(request.args)
    form.drop_unknown_choices()
    session, user = db.session(), signed_in_user()
    filters = {
        "text": read_name(form.q.data or ""),
        "district": form.district.data or "",
        "kind": form.kind.data or "",
    }
    if wants_workbook():
        return send_list("场所", EXPORTED, venues_queries.all_venues(session, user, **filters))
    page = request.args.get("page", 1, type=bounded_int)
    found = venues_queries.venues_found(session, user, **filters, page=page)
    arguments = {name: value for name, value in request.args.items() if value and name != "page"}
    narrowed = [
        (word, "?" + urlencode({key: value for key, value in arguments.items() if key != name}))
        for name, word in form.active_filters().items()
    ]
    return render_template("venues/index.html", form=form, found=found, narrowed=narrowed)


@blueprint.get("/<int:venue_id>")
@needs(Permission.READ)
def show(venue_id: int) -> ResponseReturnValue:
    """A venue's projects and activities; a merged venue redirects to the one it was merged into."""
    session, user = db.session(), signed_in_user()
    venue = venues_queries.visible_venue(session, user, venue_id)
    if venue.merged_into_id is not None:
        return redirect(url_for(".show", venue_id=venue.merged_into_id))
    return render_template(
        "venues/show.html",
        venue=venue,
        projects=venues_queries.visits_by_project(session, user, venue),
        activities=venues_queries.latest_activities_at(session, user, venue),
        merged=venues_queries.merged_into(session, venue),
    )


@blueprint.route("/<int:venue_id>/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_VENUES)
def edit(venue_id: int) -> ResponseReturnValue:
    """Edit its name, district, kind or capacity."""
    venue = _venue(venue_id)
    form = VenueForm(obj=venue)
    form.offer(venue)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("venues/edit.html", form=form, venue=venue), status
    try:
        edit_venue(
            db.session(),
            venue,
            name=form.name.data,
            district=form.district.data,
            kind=form.kind.data,
            capacity=form.capacity.data,
        )
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return render_template("venues/edit.html", form=form, venue=_venue(venue_id)), refusal.http_status
    db.session.commit()
    flash("场所已保存。", "success")
    return redirect(url_for(".show", venue_id=venue_id))


@blueprint.get("/<int:venue_id>/merge")
@needs(Permission.EDIT_VENUES)
def merge(venue_id: int) -> ResponseReturnValue:
    """Choose the venue to merge it into."""
    venue = _venue(venue_id)
    text = read_name(request.args.get("q", ""))
    similar = venues_queries.similar_venues(db.session(), venue, text)
    return render_template("venues/merge.html", venue=venue, similar=similar, text=text)


@blueprint.post("/<int:venue_id>/merge")
@needs(Permission.EDIT_VENUES)
def merge_into(venue_id: int) -> ResponseReturnValue:
    """Merge it into another."""
    form = MergeForm()
    if not form.validate_on_submit():
        raise BadInput("没有认出要合并到的场所，请回到合并页面重新选择。")
    venue, into = _venue(venue_id), _venue(form.into.data)
    merge_venue(db.session(), venue, into, by=signed_in_user(), now=utc_now())
    db.session.commit()
    flash(f"“{venue.name}”已合并到“{into.name}”；合错了可以在这里撤销。", "success")
    return redirect(url_for(".show", venue_id=into.id))


@blueprint.post("/<int:venue_id>/separate")
@needs(Permission.EDIT_VENUES)
def separate(venue_id: int) -> ResponseReturnValue:
    """Undo a merge."""
    venue = _venue(venue_id)
    into = separate_venue(db.session(), venue)
    db.session.commit()
    flash(f"“{venue.name}”已从“{into.name}”分开，活动各归各处。", "success")
    return redirect(url_for(".show", venue_id=venue_id))


def _venue(venue_id: int) -> Venue:
    return venues_queries.visible_venue(db.session(), signed_in_user(), venue_id)
