"""The list of people, the form to invite one, and one person with what may be done."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, needs_recent_sign_in, second_factor_roles, signed_in_user
from activitylog.accounts.models import User
from activitylog.accounts.operations import enable_user
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.personal_data.operations import erase_user
from activitylog.accounts.personal_data.queries import account_data
from activitylog.accounts.rules import Permission, Role
from activitylog.accounts.second_factors.queries import second_factor_of
from activitylog.accounts.sign_ins.operations import allow_attempts, end_sign_ins
from activitylog.accounts.sign_ins.queries import current_sign_ins
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Refused
from activitylog.files.routes import send_json
from activitylog.pages.people.forms import PersonForm
from activitylog.pages.people.operations import (
    Duties,
    disable_person,
    edit_person,
    invite_person,
    person_token,
    turn_off_lost_factor,
)
from activitylog.pages.people.page import Link, NewPersonPage, PeoplePage, PersonPage
from activitylog.pages.people.queries import PersonLine, people, person, project_names
from activitylog.surveys.access.rules import qr_image
from activitylog.web.requests import current_settings

blueprint = Blueprint("people", __name__, url_prefix="/users")
_LINK = "password_link"  # the place in the cookie of a link to be shown once


@blueprint.get("")
@needs(Permission.MANAGE_PEOPLE)
def index() -> ResponseReturnValue:
    """Everybody, with role, projects, last use and state."""
    page = PeoplePage(people(db.session(), now=utc_now()), second_factor_roles())
    return render_template("people/index.html", page=page)


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def new() -> ResponseReturnValue:
    """Invite a person: a user without a password, and a link to choose one."""
    form = _form()
    if form.validate_on_submit():
        try:
            user, token = invite_person(db.session(), **_values(form), by=signed_in_user(), now=utc_now())
        except (BadInput, Refused) as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            return _show_link(user.id, token, f"已邀请“{user.name}”，请把下面的链接或二维码发给本人。")
    page = render_template("people/new.html", page=NewPersonPage(form))
    return page, 422 if form.is_submitted() else 200


def _form(**values: Any) -> PersonForm:
    form = PersonForm(**values)
    known = project_names(db.session())
    form.projects.choices = {name: name for name in (*known, *(form.projects.data or ()))}
    return form


def _values(form: PersonForm) -> dict[str, Any]:
    duties = Duties(
        Role(form.role.data),
        form.administers_accounts.data,
        form.has_all_projects.data,
        form.projects.data or (),
    )
    return {"name": form.name.data, "duties": duties}


def _stored(found: PersonLine) -> dict[str, Any]:
    """The person as the form shows them."""
    user = found.user
    return {
        "name": user.name,
        "role": user.role.value,
        "administers_accounts": user.administers_accounts,
        "has_all_projects": user.has_all_projects,
        "projects": list(found.projects),
        "seen": person_token(found),
    }


def _show_link(user_id: int, token: str, sentence: str) -> ResponseReturnValue:
    cookie[_LINK] = f"{user_id} {token}"
    flash(sentence, "success")
    return redirect(url_for(".show", user_id=user_id) + "#link")


@blueprint.route("/<int:user_id>", methods=["GET", "POST"])
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def show(user_id: int) -> ResponseReturnValue:
    """One person, to be edited."""
    now = utc_now()
    found = person(db.session(), user_id, now=now)
    form = _form(data=_stored(found))
    if form.validate_on_submit():
        try:
            edit_person(db.session(), found, **_values(form), seen=form.seen.data)
        except (BadInput, Refused) as refusal:
            db.session.rollback()
            found = person(db.session(), user_id, now=now)
            form.refuse_save(refusal, token=person_token(found))
        else:
            db.session.commit()
            flash("已保存。", "success")
            return redirect(url_for(".show", user_id=user_id))
    page = render_template("people/show.html", page=_page(found, form, now))
    return page, 422 if form.is_submitted() else 200


def _page(found: PersonLine, form: PersonForm, now: datetime) -> PersonPage:
    return PersonPage(
        person=found,
        form=form,
        sign_ins=current_sign_ins(db.session(), found.user, now=now),
        second_factor=second_factor_of(db.session(), found.user),
        link=_link_to_show(found.user.id),
        is_self=found.user.id == signed_in_user().id,
    )


def _link_to_show(user_id: int) -> Link | None:
    """The link that was just made for the person, shown once."""
    number, _, token = cookie.get(_LINK, "").partition(" ") if request.method == "GET" else ("", "", "")
    if number != str(user_id):
        return None
    del cookie[_LINK]
    address = current_settings().public_url + url_for("accounts.choose_password", token=token)
    return Link(address, "data:image/png;base64," + b64encode(qr_image(address)).decode())


@blueprint.post("/<int:user_id>/link")
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def make_link(user_id: int) -> ResponseReturnValue:
    """Make a new link to choose a password; earlier ones end."""
    token = make_password_link(db.session(), _user(user_id), by=signed_in_user(), now=utc_now())
    db.session.commit()
    return _show_link(user_id, token, "新链接已生成，以前发的链接作废。请把它发给本人。")


@blueprint.post("/<int:user_id>/disable")
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def disable(user_id: int) -> ResponseReturnValue:
    """Disable the account, which ends its sign-ins."""
    user = _user(user_id)
    disable_person(db.session(), user, by=signed_in_user(), now=utc_now())
    return _done(user, f"已停用“{user.name}”，各设备上的登录都已结束。")


@blueprint.post("/<int:user_id>/enable")
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def enable(user_id: int) -> ResponseReturnValue:
    """Open the account again."""
    user = _user(user_id)
    enable_user(db.session(), name=user.name)
    return _done(user, f"已启用“{user.name}”。")


@blueprint.post("/<int:user_id>/unlock")
@needs(Permission.MANAGE_PEOPLE)
def unlock(user_id: int) -> ResponseReturnValue:
    """Let the person try again at once after failed sign-ins."""
    user = _user(user_id)
    allow_attempts(db.session(), user)
    return _done(user, f"“{user.name}”可以马上再试登录。")


@blueprint.post("/<int:user_id>/second-factor/off")
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def turn_off_second_factor(user_id: int) -> ResponseReturnValue:
    """Turn off a second factor that the person has lost."""
    user = _user(user_id)
    turn_off_lost_factor(db.session(), user, by=signed_in_user())
    return _done(user, f"“{user.name}”的两步验证已关闭，现在用密码就能登录，请本人尽快重新开启。")


@blueprint.post("/<int:user_id>/sign-out")
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def sign_out(user_id: int) -> ResponseReturnValue:
    """End all sign-ins of the person."""
    user = _user(user_id)
    end_sign_ins(db.session(), user, now=utc_now())
    return _done(user, f"“{user.name}”在各设备上的登录都已结束。")


@blueprint.get("/<int:user_id>/data.json")
@needs(Permission.MANAGE_PEOPLE)
def data(user_id: int) -> Response:
    """What is stored about the account."""
    return send_json(account_data(db.session(), _user(user_id)), f"账号数据-{user_id}.json")


@blueprint.post("/<int:user_id>/erase")
@needs(Permission.MANAGE_PEOPLE)
@needs_recent_sign_in
def erase(user_id: int) -> ResponseReturnValue:
    """Erase a disabled account for good."""
    user = _user(user_id)
    pseudonym = erase_user(db.session(), user, now=utc_now())
    return _done(user, f"已注销，从现在起显示为“{pseudonym}”；登记过的内容都在。")


def _user(user_id: int) -> User:
    return person(db.session(), user_id, now=utc_now()).user


def _done(user: User, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for(".show", user_id=user.id))
