"""Permissions of views: every view is public or names the permission it needs."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission, may
from activitylog.core.actor import NOT_SIGNED_IN, Actor, act_as
from activitylog.core.database import db
from activitylog.errors import Forbidden
from activitylog.web.extensions import login
from activitylog.web.negotiation import wants_json

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
        if request.method != "GET":
            flash("登录已过期，请重新登录后再提交一次。", "error")
        return redirect(url_for("accounts.sign_in", next=_return_address()))
    permission = getattr(view, "permission", None)
    if permission is None or not may(signed_in_user().role, permission):
        raise Forbidden("您的角色没有此项权限；如需办理，请联系系统管理员。")
    return None


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
    user_id, _, session_key = cookie.partition(":")
    user = db.session.get(User, int(user_id)) if user_id.isdecimal() else None
    return user if user is not None and user.is_enabled and user.session_key == session_key else None
