"""The pages of an activity's photos: show, add by form, set use, withdraw; scripts use uploads/."""

from dataclasses import dataclass, field
from uuid import uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField

from activitylog.accounts.guards import check_upload, needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.photos.operations import (
    MOST_PHOTOS,
    add_photo,
    check_room,
    restore_photo,
    set_photo_flags,
    withdraw_photo,
)
from activitylog.activities.photos.page import activity_photos
from activitylog.activities.photos.queries import photo_of
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import ActivityLogError, Busy, Refused, UnusableFile
from activitylog.files.operations import StoredPicture, store_picture
from activitylog.files.routes import file_store, send_stored
from activitylog.files.store import FileStore
from activitylog.web.forms import BaseForm, ReasonForm
from activitylog.web.requests import takes_files

EDITING = "edit"  # the value of `back` on the page of the activity's form
LARGEST_SENDING = 64 * 1024 * 1024  # bytes of all photos of one form
blueprint = Blueprint("photos", __name__, url_prefix="/activities/<no>/photos")


class PublishingForm(BaseForm):
    """The form of what a photo may be used for."""

    is_public = BooleanField("可以公开")
    shows_minors = BooleanField("能认出未成年人")


@dataclass(slots=True)
class UploadResult:
    """How many photos of one form were added, repeated and refused."""

    added: int = 0
    repeated: int = 0
    refused: list[ActivityLogError] = field(default_factory=list)


@blueprint.get("")
@needs(Permission.READ)
def index(no: str) -> ResponseReturnValue:
    """The photos alone."""
    return _page(_activity(no))


@blueprint.post("")
@needs(Permission.LOG)
@takes_files(largest=LARGEST_SENDING)
def add(no: str) -> ResponseReturnValue:
    """Add every usable photo; the others are listed with their problem."""
    activity = _activity(no)
    chosen = [each for each in request.files.getlist("photos") if each.filename]
    sent = UploadResult()
    if not chosen:
        sent.refused.append(UnusableFile("还没有选照片；请先点“拍照或选照片”。"))
    if len(chosen) > MOST_PHOTOS:
        sent.refused.append(Refused(f"一次最多传 {MOST_PHOTOS} 张，您选了 {len(chosen)} 张；请少选几张。"))
        chosen = []
    _take_in(no, chosen, sent)
    if sent.refused:
        return _page(_activity(no), sent), max(refusal.http_status for refusal in sent.refused)
    flash(_result_sentence(sent), "success")
    return redirect(_page_of(activity))


def _take_in(no: str, chosen: list[FileStorage], sent: UploadResult) -> None:
    """Store the photos and add them; what is refused leaves no file."""
    with file_store().intake() as files:
        try:
            check_room(db.session(), _activity(no))
            check_upload(files)
        except (Refused, Busy) as refusal:
            sent.refused += [refusal][: len(chosen)]
            return
        pictures = [picture for each in chosen if (picture := _store_picture(files, each, sent))]
        _add_pictures(no, pictures, sent)


def _store_picture(files: FileStore, each: FileStorage, sent: UploadResult) -> StoredPicture | None:
    try:
        return store_picture(files, each.stream, each.filename)  # type: ignore[arg-type]
    except (UnusableFile, Busy) as refusal:
        sent.refused.append(refusal)
        return None


def _add_pictures(no: str, pictures: list[StoredPicture], sent: UploadResult) -> None:
    """Add the pictures in one transaction, begun after all are decoded."""
    start_writing(db.session())
    activity = _activity(no)
    for picture in pictures:
        try:
            _, is_new = add_photo(
                db.session(), activity, picture, upload=str(uuid4()), by=signed_in_user(), now=utc_now()
            )
        except Refused as refusal:
            sent.refused.append(Refused(f"“{picture.name}”没有传上：{refusal}"))
        else:
            sent.added += is_new
            sent.repeated += not is_new
    db.session.commit()


def _result_sentence(sent: UploadResult) -> str:
    repeated = f"{sent.repeated} 张早已传过，没有重复添加。" if sent.repeated else ""
    return (f"已添加 {sent.added} 张照片。" if sent.added else "") + repeated


@blueprint.get("/<int:photo_id>.jpg")
@needs(Permission.READ)
def large(no: str, photo_id: int) -> Response:
    """The picture itself."""
    photo = photo_of(db.session(), _activity(no), photo_id)
    return send_stored(photo.file, name=f"{no}-{photo.position}.jpg", is_inline=True)


@blueprint.get("/<int:photo_id>-small.jpg")
@needs(Permission.READ)
def small(no: str, photo_id: int) -> Response:
    """The picture as the grid shows it."""
    photo = photo_of(db.session(), _activity(no), photo_id)
    return send_stored(photo.thumbnail, name=f"{no}-{photo.position}-small.jpg", is_inline=True)


@blueprint.post("/<int:photo_id>/marks")
@needs(Permission.LOG)
def mark(no: str, photo_id: int) -> ResponseReturnValue:
    """Set what a photo may be used for."""
    activity, form = _activity(no), PublishingForm()
    photo = photo_of(db.session(), activity, photo_id)
    set_photo_flags(
        db.session(), photo, is_public=bool(form.is_public.data), shows_minors=bool(form.shows_minors.data)
    )
    db.session.commit()
    return redirect(_page_of(activity))


@blueprint.route("/<int:photo_id>/withdraw", methods=["GET", "POST"])
@needs(Permission.LOG)
def withdraw(no: str, photo_id: int) -> ResponseReturnValue:
    """Withdraw a photo, with the reason."""
    activity, form = _activity(no), ReasonForm()
    photo = photo_of(db.session(), activity, photo_id)
    if not form.validate_on_submit():
        page = render_template("activities/withdraw_photo.html", form=form, activity=activity, photo=photo)
        return page, 422 if form.is_submitted() else 200
    withdraw_photo(db.session(), photo, reason=form.reason.data, by=signed_in_user(), now=utc_now())
    db.session.commit()
    flash("照片已撤下，不再算作这场活动的照片；以后可以恢复。", "success")
    return redirect(_page_of(activity))


@blueprint.post("/<int:photo_id>/restore")
@needs(Permission.LOG)
def restore(no: str, photo_id: int) -> ResponseReturnValue:
    """Restore a withdrawn photo."""
    activity = _activity(no)
    restore_photo(db.session(), photo_of(db.session(), activity, photo_id), now=utc_now())
    db.session.commit()
    flash("照片已恢复。", "success")
    return redirect(_page_of(activity))


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def _page_of(activity: Activity) -> str:
    """The page the photos are shown on: of the activity, or of its form where the person came from there."""
    page = "activities.edit" if _back() else "activities.show"
    return url_for(page, no=activity.number, _anchor="photos")


def _back() -> str:
    return EDITING if request.values.get("back") == EDITING else ""


def _page(activity: Activity, sent: UploadResult | None = None) -> str:
    photos = activity_photos(db.session(), activity, signed_in_user())
    return render_template(
        "activities/photos.html", activity=activity, photos=photos, sent=sent, back=_back()
    )
