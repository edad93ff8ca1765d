"""Sign in, sign out, and choose a password by a link."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from activitylog.accounts.forms import ChosenPasswordForm, SignInForm
from activitylog.accounts.guards import current_sign_in, needs, public
from activitylog.accounts.kept_forms import FIELD, KeptForm, read_kept
from activitylog.accounts.models import User
from activitylog.accounts.operations import rename_user
from activitylog.accounts.password_links import operations as password_links
from activitylog.accounts.passwords import hashed
from activitylog.accounts.rules import Permission
from activitylog.accounts.sign_ins import operations as sign_ins
from activitylog.accounts.sign_ins.operations import Device, SignedIn
from activitylog.accounts.sign_ins.queries import Failures, has_signed_in
from activitylog.accounts.sign_ins.rules import device_words
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Busy, Refused
from activitylog.web.formats import moment
from activitylog.web.limits import limiter
from activitylog.web.requests import local_address, works_first

TRIES_PER_MINUTE = 60  # from one address

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public
@works_first
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    if request.method == "POST" and not _may_try():
        abort(429)
    kept = read_kept(request.form.get(FIELD, ""))
    if current_user.is_authenticated:
        return _where_to(kept, request.args.get("next"))
    form = SignInForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return _sign_in_page(form, kept), 422 if form.is_submitted() else 200
    try:
        found = _signed_in(form)
    except (Busy, Refused) as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return _sign_in_page(form, kept), refusal.http_status
    if found is None:
        form.form_errors.append("姓名或密码不对，请重新填写。")
        return _sign_in_page(form, kept), 422
    _begin_session(found, stays=form.stay.data)
    return _where_to(kept, form.next.data)


def _sign_in_page(form: SignInForm, kept: KeptForm | None) -> str:
    return render_template("accounts/sign_in.html", form=form, kept=kept)


def _where_to(kept: KeptForm | None, following: str | None) -> ResponseReturnValue:
    """On to the address, or to the form that was kept, to be sent once more."""
    if kept is not None:
        return render_template("accounts/send_again.html", kept=kept)
    return redirect(local_address(following) or url_for("home.index"))


def _may_try() -> bool:
    return limiter().allows(TRIES_PER_MINUTE, "sign in", request.remote_addr or "")


def _signed_in(form: SignInForm) -> SignedIn | None:
    """Check the password while nothing is held, then sign in or count the failure."""
    now, name = utc_now(), form.name.data
    device = _this_device(stays=form.stay.data)
    sign_ins.check_wait(db.session(), name=name, address=device.address, now=now)
    fitting = sign_ins.fitting_hash(db.session(), name=name, password=form.password.data)
    start_writing(db.session())
    found = sign_ins.sign_in(db.session(), name=name, fitting=fitting, device=device, now=now)
    db.session.commit()
    return found


def _this_device(*, stays: bool = False) -> Device:
    return Device(request.remote_addr or "", device_words(request.user_agent.string), stays=stays)


def _begin_session(found: SignedIn, *, stays: bool) -> None:
    """Put the sign-in into the cookie; what the cookie held before, its token too, ends."""
    session.clear()
    g.pop("csrf_token", None)  # the page that follows gets one of the new session
    session.permanent = True
    login_user(found.user, remember=stays)
    session["_user_id"] = found.cookie
    if found.failures:
        flash(_told(found.failures), "error")


def _told(failures: Failures) -> str:
    return (
        f"上次登录以后，有 {failures.number} 次用您的姓名登录失败，最近一次在 {moment(failures.last_at)}，"
        f"来自 {failures.address or '未知地址'}。如果不是您本人，请在“我的”更换密码。"
    )


@blueprint.post("/logout")
@needs(Permission.READ)
def sign_out() -> ResponseReturnValue:
    """End this sign-in, here and on the server."""
    sign_ins.end_sign_in(db.session(), current_sign_in(), now=utc_now())
    db.session.commit()
    session.clear()
    logout_user()
    flash("已退出登录。", "success")
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@public
@works_first
def choose_password(token: str) -> ResponseReturnValue:
    """Choose a password by a one-time link, and be signed in with it."""
    if request.method == "POST" and not _may_try():
        abort(429)
    user = password_links.link_of(db.session(), token, now=utc_now()).user
    form = ChosenPasswordForm(name=user.name)
    if form.validate_on_submit():
        try:
            password_hash = hashed(form.password.data, name=form.name.data)
            found = _signed_in_by_link(token, form.name.data, password_hash)
        except (BadInput, Refused) as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            _begin_session(found, stays=False)
            flash("密码已设好，下次用姓名和这个密码登录。", "success")
            return redirect(url_for("home.index"))
    page = render_template(
        "accounts/choose_password.html", form=form, user=user, is_new=not has_signed_in(db.session(), user)
    )
    return page, 422 if form.is_submitted() else 200


def _signed_in_by_link(token: str, name: str, password_hash: str) -> SignedIn:
    start_writing(db.session())
    user: User = password_links.use_link(db.session(), token, password_hash=password_hash, now=utc_now())
    rename_user(db.session(), user, name=name)
    cookie = sign_ins.begin_sign_in(db.session(), user, _this_device(), now=utc_now())
    db.session.commit()
    return SignedIn(user, cookie, None)
