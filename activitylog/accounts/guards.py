"""Permissions of views: each is public or names the permission it needs; and who is signed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Flask, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, logout_user
from flask_login.utils import decode_cookie
from flask_wtf.csrf import CSRFError
from werkzeug import Request

from activitylog.accounts.forms import ProofForm, SignInForm
from activitylog.accounts.kept_forms import PROOF, KeptForm, form_of_request, kept_in_request
from activitylog.accounts.models import SignIn, User
from activitylog.accounts.passwords import fits
from activitylog.accounts.rules import Permission
from activitylog.accounts.second_factors.queries import has_second_factor
from activitylog.accounts.sign_ins.operations import Proof, check_wait, end_sign_in, prove, see
from activitylog.accounts.sign_ins.queries import owner_of_cookie
from activitylog.accounts.sign_ins.rules import SEEN_EACH, is_recent
from activitylog.core.actor import NOT_SIGNED_IN, Actor, act_as
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import Busy, Forbidden, Refused
from activitylog.files.operations import check_quota
from activitylog.files.rules import MEGABYTE
from activitylog.files.store import FileStore
from activitylog.web.requests import SAFE_METHODS, current_settings, wants_json

SECOND_FACTOR_ROLES = "second_factor_roles"  # the extension that says which roles need a second factor
WRONG_PROOF = "密码或验证码不对，请重新填写；每个验证码只能用一次，用过就等下一个。"

login = LoginManager()
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as open to everybody, signed in or not."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open to users whose role has the permission."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def before_second_factor(view: View) -> View:
    """Mark a view as open to who must turn on a second factor first and has not yet."""
    view.is_before_second_factor = True  # type: ignore[attr-defined]
    return view


def needs_recent_sign_in(view: View) -> View:
    """Mark a view whose writing needs the password, and the code, typed within the last minutes."""
    view.needs_recent_sign_in = True  # type: ignore[attr-defined]
    return view


def guard() -> ResponseReturnValue | None:
    """Before every request: allow, redirect to sign-in, or refuse; an unmarked view is refused."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
        return None
    if not current_user.is_authenticated and wants_json():
        return {"result": "sign_in", "sentence": "登录已过期，请重新登录。"}, 401
    if not current_user.is_authenticated:
        return _sign_in_first()
    permission = getattr(view, "permission", None)
    if permission is None or not signed_in_user().may(permission):
        raise Forbidden("您的角色没有此项权限；如需办理，请联系系统管理员。")
    if must_turn_on_second_factor() and not getattr(view, "is_before_second_factor", False):
        return _second_factor_first()
    if request.method not in SAFE_METHODS and getattr(view, "needs_recent_sign_in", False):
        return _password_once_more()
    return None


def must_turn_on_second_factor() -> bool:
    """Whether the person's role needs a second factor they lack; who has no password here is exempt."""
    user = signed_in_user()
    is_needed = not user.duties.isdisjoint(second_factor_roles()) and user.has_password
    return is_needed and not has_second_factor(db.session(), user)


def second_factor_roles() -> frozenset[str]:
    """The roles that need a second factor."""
    roles: frozenset[str] = current_app.extensions[SECOND_FACTOR_ROLES]()
    return roles


def _second_factor_first() -> ResponseReturnValue:
    """The page to turn it on; a form that was sent waits for that."""
    if wants_json():
        return {"result": "sign_in", "sentence": "请先在“我的”开启两步验证。"}, 401
    kept = form_of_request()
    if kept is not None:
        return render_template("accounts/second_factor_first.html", kept=kept), 403
    return redirect(url_for("second_factor.show"))


def _password_once_more() -> ResponseReturnValue | None:
    """Ask for the password, in a page that sends the same form with it; None once it was typed lately."""
    if is_recent(current_sign_in().proven_at, utc_now()):
        return None
    if wants_json():
        return {"result": "refused", "sentence": "请先在页面上重新填写密码。"}, 403
    form = ProofForm(prefix=PROOF, meta={"csrf": False}, formdata=None)
    has_code = has_second_factor(db.session(), signed_in_user())
    if not has_code:
        del form.code
    if form.password.name in request.form:
        form.process(request.form)
        if form.validate() and prove_now(form):
            return None
    page = render_template("accounts/prove.html", form=form, kept=form_of_request(), user=signed_in_user())
    return page, 401


def prove_now(form: ProofForm) -> bool:
    """Check the password while nothing is held, then take it as typed now; errors are added to the form."""
    now, user, address = utc_now(), signed_in_user(), request.remote_addr or ""
    code = form.code.data if "code" in form else ""
    try:
        check_wait(db.session(), name=user.name, address=address, now=now, wrong="密码或验证码")
        fitting = user.password_hash if fits(user.password_hash, form.password.data) else None
        start_writing(db.session())
        act_as(db.session(), _actor())
        proof = Proof(fitting, code, address, secret_key())
        proven = prove(db.session(), current_sign_in(), proof, now=now)
        db.session.commit()
    except (Busy, Refused) as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return False
    if not proven:
        form.form_errors.append(WRONG_PROOF if "code" in form else "密码不对，请重新填写。")
    return proven


def secret_key() -> str:
    """The installation's key."""
    return str(current_app.config["SECRET_KEY"])


def _sign_in_first() -> ResponseReturnValue:
    """The sign-in page; a form that was sent waits in it."""
    kept = form_of_request()
    if kept is not None:
        return _sign_in_page(kept), 401
    if request.method != "GET":
        flash("登录已过期，请重新登录后再提交一次。", "error")
    return redirect(url_for("accounts.sign_in", next=_return_address()))


def _sign_in_page(kept: KeptForm) -> str:
    return render_template("accounts/sign_in.html", form=SignInForm(formdata=None), kept=kept)


def stale_token(error: CSRFError) -> ResponseReturnValue | None:
    """What to answer to a form whose token is not of this session; None where nothing can be kept.

    Who has signed in again, in another tab, sends it once more by a button.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    is_signing_in = view is None or getattr(view, "is_public", False)
    kept = kept_in_request() if is_signing_in else form_of_request()
    if kept is None:
        return None
    if is_signing_in:
        return _sign_in_page(kept), error.code or 400
    if not current_user.is_authenticated:
        return _sign_in_first()
    return render_template("accounts/send_again.html", kept=kept), error.code or 400


def _return_address() -> str | None:
    """The address to return to after signing in; None for one that only accepts forms."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    has_page = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    return request.path if has_page else None


def set_actor() -> None:
    """Before every request that may write: set the session's actor for the audit trail."""
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        act_as(db.session(), _actor())


def _actor() -> Actor:
    origin = request.remote_addr or ""
    if not current_user.is_authenticated:
        return Actor(NOT_SIGNED_IN, origin)
    user = signed_in_user()
    return Actor(user.name, origin, user_id=user.id)


def signed_in_user() -> User:
    """The user of this request; only for guarded views."""
    return cast(User, current_user._get_current_object())


def check_upload(files: FileStore) -> None:
    """Refuse what this request brings when its user has stored enough today, or the disk is nearly full."""
    incoming, most = request.content_length or 0, current_settings().upload_megabytes * MEGABYTE
    check_quota(db.session(), files, by_id=signed_in_user().id, incoming=incoming, now=utc_now(), most=most)


@login.user_loader
def _load_user(cookie: str) -> User | None:
    owner = owner_of_cookie(db.session(), cookie, now=utc_now())
    if owner is None:
        return None
    g.sign_in_id = owner.sign_in.id
    g.is_unseen = owner.sign_in.seen_at < utc_now() - SEEN_EACH
    return owner.user


def current_sign_in() -> SignIn:
    """The sign-in this request is part of; only for guarded views."""
    return db.session().get_one(SignIn, g.sign_in_id)


def end_this_sign_in(*, now: datetime) -> None:
    """End the sign-in of this request, here and on the server; the caller commits."""
    end_sign_in(db.session(), current_sign_in(), now=now)
    session.clear()
    logout_user()


def note_device() -> None:
    """Before every request: note, once in SEEN_EACH, that the device is still used."""
    if g.get("is_unseen") and request.endpoint:
        start_writing(db.session())
        see(db.session(), current_sign_in(), now=utc_now())
        db.session().commit()


class OfficeDevices:
    """Recognises the office's devices without Flask's session and without the database."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._sessions = SecureCookieSessionInterface()
        self._session = str(app.config["SESSION_COOKIE_NAME"])
        self._remembered = str(app.config.get("REMEMBER_COOKIE_NAME", "remember_token"))

    def is_signed_in(self, request: Request) -> bool:
        """Whether the cookies are of a signed-in user; sessions revoked since are not recognised."""
        return self._has_session(request) or self._is_remembered(request)

    def _has_session(self, request: Request) -> bool:
        if self._session not in request.cookies:
            return False
        session = self._sessions.open_session(self._app, request)  # type: ignore[arg-type]
        return bool(session and session.get("_user_id"))

    def _is_remembered(self, request: Request) -> bool:
        token = request.cookies.to_dict().get(self._remembered)
        return bool(token) and decode_cookie(token, key=self._app.config["SECRET_KEY"]) is not None
