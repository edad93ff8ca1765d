"""Permissions of views: each is public or names the permission it needs; and who is signed in."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_login.utils import decode_cookie
from flask_wtf.csrf import CSRFError
from werkzeug import Request

from activitylog.accounts.forms import SignInForm
from activitylog.accounts.kept_forms import form_of_request
from activitylog.accounts.models import SignIn, User
from activitylog.accounts.rules import Permission, may
from activitylog.accounts.sign_ins.operations import see
from activitylog.accounts.sign_ins.queries import owner_of_cookie
from activitylog.accounts.sign_ins.rules import SEEN_EACH
from activitylog.core.actor import NOT_SIGNED_IN, Actor, act_as
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import Forbidden
from activitylog.web.requests import wants_json

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
    if permission is None or not may(signed_in_user().role, permission):
        raise Forbidden("您的角色没有此项权限；如需办理，请联系系统管理员。")
    return None


def _sign_in_first() -> ResponseReturnValue:
    """The sign-in page; a form that was sent waits in it."""
    kept = form_of_request()
    if kept is not None:
        return render_template("accounts/sign_in.html", form=SignInForm(formdata=None), kept=kept), 401
    if request.method != "GET":
        flash("登录已过期，请重新登录后再提交一次。", "error")
    return redirect(url_for("accounts.sign_in", next=_return_address()))


def stale_token(error: CSRFError) -> ResponseReturnValue | None:
    """What to answer to a form whose token is not of this session; None where nothing can be kept.

    Who has signed in again, in another tab, sends it once more by a button.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    kept = None if view is None or getattr(view, "is_public", False) else form_of_request()
    if kept is None:
        return None
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
