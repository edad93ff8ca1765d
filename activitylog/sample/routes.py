"""Removes the sample years from the browser, once an office has seen enough of them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.errors import Refused
from activitylog.files.operations import remove_unused
from activitylog.files.routes import file_store
from activitylog.sample.forms import RemovalForm
from activitylog.sample.queries import sample_size
from activitylog.sample.removal import remove_sample, stored_by_sample

blueprint = Blueprint("sample", __name__, url_prefix="/settings/sample")


@blueprint.route("", methods=["GET", "POST"])
@needs(Permission.SET_OFFICE)
def remove() -> ResponseReturnValue:
    """What the sample holds, and the button that removes it."""
    form = RemovalForm()
    if form.validate_on_submit():
        try:
            return _removed(with_own=form.with_own.data)
        except Refused as refusal:
            db.session.rollback()
            form.with_own.errors = [str(refusal)]
    page = render_template("sample/remove.html", form=form, size=sample_size(db.session()))
    return page, 422 if form.is_submitted() else 200


def _removed(*, with_own: bool) -> ResponseReturnValue:
    session = db.session()
    stored = stored_by_sample(session)
    removed = remove_sample(session, with_own=with_own)
    session.commit()
    remove_unused(session, file_store(), stored)
    session.commit()
    counts = "、".join(f"{label} {count:,}" for label, count in removed.items() if count)
    flash(f"已移除示例：{counts}。" if counts else "没有示例数据，不用移除。", "success")
    return redirect(url_for("settings.index"))
