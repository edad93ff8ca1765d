"""Sign in with password and code, sign out, and choose a password by a link."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from activitylog.accounts.forms import ChosenPasswordForm, CodeForm, SignInForm
from activitylog.accounts.guards import (
    before_second_factor,
    end_this_sign_in,
    needs,
    public,
    secret_key,
)
from activitylog.accounts.kept_forms import FIELD, KeptForm, read_kept
from activitylog.accounts.models import User
from activitylog.accounts.operations import rename_user
from activitylog.accounts.password_links import operations as password_links
from activitylog.accounts.passwords import hashed, hashed_anew
from activitylog.accounts.rules import Permission
from activitylog.accounts.sign_ins import operations as sign_ins
from activitylog.accounts.sign_ins.operations import CodeAwaited, Device, SignedIn, SignInExpired
from activitylog.accounts.sign_ins.queries import Failures, has_signed_in, pending_sign_in
from activitylog.accounts.sign_ins.rules import device_words
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Busy, Refused
from activitylog.web.formats import moment
from activitylog.web.forms import form_token
from activitylog.web.limits import limiter
from activitylog.web.requests import local_address, works_first

TRIES_PER_MINUTE = 60  # from one address
_PENDING = "pending_sign_in"  # the place in the cookie of a sign-in that awaits its code
PROVIDER = "provider"  # the cookie's field of the provider where this person may sign out, too

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public
@works_first
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    if request.method == "POST" and not may_try():
        abort(429)
    kept = read_kept(request.form.get(FIELD, ""))
    if current_user.is_authenticated:
        return where_to(kept, request.args.get("next"))
    form = SignInForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return sign_in_page(form, kept), 422 if form.is_submitted() else 200
    try:
        found = _signed_in(form)
    except (Busy, Refused) as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return sign_in_page(form, kept), refusal.http_status
    if found is None:
        form.form_errors.append("姓名或密码不对，请重新填写。")
        return sign_in_page(form, kept), 422
    return _go_on(found, kept, form.next.data)


def _go_on(
    found: SignedIn | CodeAwaited, kept: KeptForm | None, following: str | None
) -> ResponseReturnValue:
    """On to where the person wanted to go, or to the second screen."""
    if isinstance(found, SignedIn):
        begin_session(found)
        return where_to(kept, following)
    session.clear()
    g.pop("csrf_token", None)
    session.permanent = True
    session[_PENDING] = found.cookie
    if kept is not None:
        return _code_page(CodeForm(formdata=None, next=following), kept)
    return redirect(url_for("accounts.enter_code", next=local_address(following)))


@blueprint.route("/login/code", methods=["GET", "POST"])
@public
@works_first
def enter_code() -> ResponseReturnValue:
    """The second screen: the code of who has a second factor."""
    if request.method == "POST" and not may_try():
        abort(429)
    kept = read_kept(request.form.get(FIELD, ""))
    if current_user.is_authenticated:
        return where_to(kept, request.args.get("next"))
    form = CodeForm(next=request.args.get("next", ""))
    try:
        found = _signed_in_by_code(form)
    except SignInExpired as refusal:
        flash(str(refusal), "error")
        return sign_in_page(SignInForm(formdata=None, next=form.next.data), kept), refusal.http_status
    except Refused as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return _code_page(form, kept), refusal.http_status
    if found is None:
        return _code_page(form, kept), 422 if form.is_submitted() else 200
    return _go_on(found, kept, form.next.data)


def _code_page(form: CodeForm, kept: KeptForm | None) -> str:
    return render_template("accounts/code.html", form=form, kept=kept)


def _signed_in_by_code(form: CodeForm) -> SignedIn | None:
    """Take the code of the sign-in that awaits it; None without one, or for a wrong one."""
    now, cookie, address = utc_now(), session.get(_PENDING, ""), request.remote_addr or ""
    if pending_sign_in(db.session(), cookie, now=now) is None:
        raise SignInExpired(sign_ins.TOO_LATE)
    if not form.validate_on_submit():
        return None
    start_writing(db.session())
    found = sign_ins.pass_code(
        db.session(), cookie, code=form.code.data, address=address, key=secret_key(), now=now
    )
    db.session.commit()
    if found is None:
        form.code.errors = ["验证码不对或已经用过。请填身份验证器里现在显示的数字；刚用过就等下一个。"]
    return found


def sign_in_page(form: SignInForm, kept: KeptForm | None) -> str:
    """The page with the form, its errors, and the form that waits to be sent."""
    return render_template("accounts/sign_in.html", form=form, kept=kept)


def where_to(kept: KeptForm | None, following: str | None) -> ResponseReturnValue:
    """On to the address, or to the form that was kept, to be sent once more."""
    if kept is not None:
        return render_template("accounts/send_again.html", kept=kept)
    return redirect(local_address(following) or url_for("home.index"))


def may_try() -> bool:
    """Whether the address may try once more within this minute."""
    return limiter().allows(TRIES_PER_MINUTE, "sign in", request.remote_addr or "")


def _signed_in(form: SignInForm) -> SignedIn | CodeAwaited | None:
    """Check the password while nothing is held, then sign in or count the failure."""
    now, name = utc_now(), form.name.data
    device = this_device(stays=form.stay.data)
    sign_ins.check_wait(db.session(), name=name, address=device.address, now=now)
    fitting = sign_ins.fitting_hash(db.session(), name=name, password=form.password.data)
    anew = hashed_anew(fitting, form.password.data) if fitting else None
    start_writing(db.session())
    found = sign_ins.sign_in(db.session(), name=name, fitting=fitting, device=device, now=now, anew=anew)
    db.session.commit()
    return found


def this_device(*, stays: bool = False) -> Device:
    """The device of the request."""
    return Device(request.remote_addr or "", device_words(request.user_agent.string), stays=stays)


def begin_session(found: SignedIn) -> None:
    """Put the sign-in into the cookie; what the cookie held before, its token too, ends."""
    session.clear()
    g.pop("csrf_token", None)
    session.permanent = True
    login_user(found.user, remember=found.stays)
    session["_user_id"] = found.cookie
    form_token()  # now, as the first pages are fetched side by side and each would make one of its own
    if found.failures:
        flash(_failures_text(found.failures), "error")
    if found.recovery_codes_left is not None:
        flash(_recovery_codes_text(found.recovery_codes_left), "warning")


def _recovery_codes_text(left: int) -> str:
    rest = f"还剩 {left} 个" if left else "已经用完了"
    return f"刚才用掉了一个恢复码，{rest}。手机丢了或换了，请到“我的”关闭两步验证再重新开启。"


def _failures_text(failures: Failures) -> str:
    return (
        f"上次登录以后，有 {failures.number} 次用您的姓名登录失败，最近一次在 {moment(failures.last_at)}，"
        f"来自 {failures.address or '未知地址'}。如果不是您本人，请在“我的”更换密码。"
    )


@blueprint.post("/logout")
@needs(Permission.SIGN_IN)
@before_second_factor
def sign_out() -> ResponseReturnValue:
    """End this sign-in, here and on the server."""
    provider = session.get(PROVIDER)
    end_this_sign_in(now=utc_now())
    db.session.commit()
    flash("已退出登录。", "success")
    return redirect(url_for("accounts.sign_in", left=provider))


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@public
@works_first
def choose_password(token: str) -> ResponseReturnValue:
    """Choose a password by a one-time link, and be signed in with it."""
    if request.method == "POST" and not may_try():
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
            answer = _go_on(found, None, None)
            flash("密码已设好，下次用姓名和这个密码登录。", "success")
            return answer
    page = render_template(
        "accounts/choose_password.html",
        form=form,
        user=user,
        token=token,
        is_new=not has_signed_in(db.session(), user),
    )
    return page, 422 if form.is_submitted() else 200


def _signed_in_by_link(token: str, name: str, password_hash: str) -> SignedIn | CodeAwaited:
    start_writing(db.session())
    user: User = password_links.use_link(db.session(), token, password_hash=password_hash, now=utc_now())
    rename_user(db.session(), user, name=name)
    found = sign_ins.pass_password(db.session(), user, this_device(), now=utc_now())
    db.session.commit()
    return found
