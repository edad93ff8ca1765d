"""Sign in and sign out."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from activitylog.accounts import operations
from activitylog.accounts.forms import SignInForm
from activitylog.accounts.guards import needs, public
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import Refused
from activitylog.web.limits import limiter
from activitylog.web.requests import local_address

TRIES_PER_MINUTE = 60  # from one address

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    if request.method == "POST" and not limiter().allows(
        TRIES_PER_MINUTE, "sign in", request.remote_addr or ""
    ):
        abort(429)
    if current_user.is_authenticated:
        return redirect(local_address(request.args.get("next")) or url_for("home.index"))
    form = SignInForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422 if form.is_submitted() else 200
    try:
        user = operations.sign_in(
            db.session(), name=form.name.data, password=form.password.data, now=utc_now()
        )
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return render_template("accounts/sign_in.html", form=form), refusal.http_status
    db.session.commit()
    if user is None:
        form.form_errors.append("姓名或密码不对，请重新填写。")
        return render_template("accounts/sign_in.html", form=form), 422
    session.permanent = True
    login_user(user, remember=form.stay.data)
    return redirect(local_address(form.next.data) or url_for("home.index"))


@blueprint.post("/logout")
@needs(Permission.READ)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    logout_user()
    flash("已退出登录。", "success")
    return redirect(url_for("accounts.sign_in"))
