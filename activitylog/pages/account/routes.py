"""The user's own page: role, permissions, devices, calendar and projects; and their name and password."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.forms import ChangedPasswordForm, NameForm
from activitylog.accounts.guards import current_sign_in, needs, signed_in_user
from activitylog.accounts.models import SignIn, User
from activitylog.accounts.operations import rename_user
from activitylog.accounts.password_links.operations import set_password
from activitylog.accounts.passwords import fits, hashed
from activitylog.accounts.personal_data.queries import account_data
from activitylog.accounts.rules import PERMISSION_LABELS, Permission
from activitylog.accounts.second_factors.queries import has_second_factor, recovery_codes_left
from activitylog.accounts.sign_ins.operations import end_sign_in, end_sign_ins
from activitylog.accounts.sign_ins.queries import current_sign_ins
from activitylog.activities.calendar.routes import Subscription, subscription
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.files.routes import send_json
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_projects
from activitylog.web.requests import works_first

blueprint = Blueprint("account", __name__)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The user with role, permissions and projects; `years` are their projects by year."""

    user: User
    calendar: Subscription
    may: Sequence[str]
    sees_own_only: bool
    years: Sequence[tuple[int, Sequence[Project]]]
    sign_ins: Sequence[SignIn]
    sign_in_id: int
    has_second_factor: bool
    recovery_codes_left: int


@blueprint.get("/me")
@needs(Permission.SIGN_IN)
def me() -> ResponseReturnValue:
    """The page of the signed-in user."""
    user = signed_in_user()
    projects = visible_projects(db.session(), user)
    page = AccountPage(
        user=user,
        calendar=subscription(),
        may=[label for each, label in PERMISSION_LABELS.items() if user.may(each)],
        sees_own_only=not user.sees_all_projects,
        years=[(year, list(of_year)) for year, of_year in groupby(projects, lambda each: each.year)],
        sign_ins=current_sign_ins(db.session(), user, now=utc_now()),
        sign_in_id=current_sign_in().id,
        has_second_factor=has_second_factor(db.session(), user),
        recovery_codes_left=recovery_codes_left(db.session(), user),
    )
    return render_template("accounts/me.html", page=page)


@blueprint.get("/me/data.json")
@needs(Permission.SIGN_IN)
def data() -> Response:
    """What is stored about the person's account."""
    user = signed_in_user()
    return send_json(account_data(db.session(), user), f"我的账号数据-{user.id}.json")


@blueprint.route("/me/password", methods=["GET", "POST"])
@needs(Permission.SIGN_IN)
@works_first
def change_password() -> ResponseReturnValue:
    """Change the person's own password, which ends their other sign-ins."""
    form = ChangedPasswordForm()
    if form.validate_on_submit() and _is_changed(form):
        flash("密码已更换，其他设备上的登录都已结束。", "success")
        return redirect(url_for(".me"))
    return render_template("accounts/password.html", form=form), 422 if form.is_submitted() else 200


def _is_changed(form: ChangedPasswordForm) -> bool:
    """Check and hash while nothing is held; errors are added to the form."""
    user = signed_in_user()
    if not user.has_password:
        raise Refused("您没有密码，是用别处的账号登录的。如需密码，请系统管理员发一个设密码的链接。")
    stored = user.password_hash
    if not fits(stored, form.current.data):
        form.current.errors = ["和现在的密码不一样，请重新填写。"]
        return False
    try:
        password_hash = hashed(form.password.data, name=user.name)
    except BadInput as refusal:
        form.refuse(refusal)
        return False
    start_writing(db.session())
    if user.password_hash != stored:
        raise StaleVersion("密码刚被更换过，请重新登录再改。")
    set_password(db.session(), user, password_hash=password_hash, now=utc_now(), besides=current_sign_in())
    db.session.commit()
    return True


@blueprint.route("/me/name", methods=["GET", "POST"])
@needs(Permission.SIGN_IN)
def change_name() -> ResponseReturnValue:
    """Change the name the person signs in with."""
    form = NameForm(name=signed_in_user().name)
    if form.validate_on_submit():
        try:
            rename_user(db.session(), signed_in_user(), name=form.name.data)
        except (BadInput, Refused) as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash("姓名已改，下次登录请用新的姓名。", "success")
            return redirect(url_for(".me"))
    return render_template("accounts/name.html", form=form), 422 if form.is_submitted() else 200


@blueprint.post("/me/sign-ins/<int:sign_in_id>/end")
@needs(Permission.SIGN_IN)
def end_device(sign_in_id: int) -> ResponseReturnValue:
    """End one of the person's own sign-ins."""
    found = db.session().get(SignIn, sign_in_id)
    if found is None or found.user_id != signed_in_user().id:
        raise Missing("没有这个登录，它可能已经结束；请回到“我的”看看。")
    end_sign_in(db.session(), found, now=utc_now())
    db.session.commit()
    flash("已结束那台设备上的登录。", "success")
    return redirect(url_for(".me") + "#devices")


@blueprint.post("/me/sign-ins/end-others")
@needs(Permission.SIGN_IN)
def end_others() -> ResponseReturnValue:
    """End all of the person's sign-ins but this one."""
    count = end_sign_ins(db.session(), signed_in_user(), now=utc_now(), besides=current_sign_in())
    db.session.commit()
    flash(f"已结束其他 {count} 台设备上的登录。" if count else "没有其他设备登录着。", "success")
    return redirect(url_for(".me") + "#devices")
