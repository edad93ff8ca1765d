"""The second factor of the signed-in person: turn it on, get recovery codes, turn it off."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.forms import ProofForm
from activitylog.accounts.guards import (
    before_second_factor,
    must_turn_on_second_factor,
    needs,
    needs_recent_sign_in,
    prove_now,
    second_factor_roles,
    secret_key,
    signed_in_user,
)
from activitylog.accounts.kept_forms import FIELD, read_kept
from activitylog.accounts.rules import Permission
from activitylog.accounts.second_factors import operations
from activitylog.accounts.second_factors.queries import recovery_codes_left, second_factor_of
from activitylog.accounts.second_factors.rules import SET_UP_SECONDS, new_secret, open_secret, seal_secret
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import BadInput
from activitylog.pages.second_factor.forms import TurnOnForm
from activitylog.pages.second_factor.page import RecoveryCodesPage, SecondFactorPage, TurnOnPage
from activitylog.web.requests import current_settings, works_first

PRODUCT = "科普活动台账"
blueprint = Blueprint("second_factor", __name__, url_prefix="/me/second-factor")


@blueprint.get("")
@needs(Permission.SIGN_IN)
@before_second_factor
def show() -> ResponseReturnValue:
    """The second factor as it is, or the page to turn it on."""
    user = signed_in_user()
    factor = second_factor_of(db.session(), user)
    if factor is None:
        return _turn_on_page(TurnOnForm(formdata=None), new_secret())
    page = SecondFactorPage(
        since=factor.since,
        recovery_codes_left=recovery_codes_left(db.session(), user),
        is_needed=not user.duties.isdisjoint(second_factor_roles()),
    )
    return render_template("second_factor/show.html", page=page)


def _turn_on_page(form: TurnOnForm, secret: str) -> ResponseReturnValue:
    user = signed_in_user()
    form.sealed.data = seal_secret(secret, user_id=user.id, key=secret_key())
    page = TurnOnPage(
        form=form,
        name=user.name,
        issuer=_issuer(),
        secret=secret,
        is_needed=must_turn_on_second_factor(),
        kept=read_kept(request.form.get(FIELD, "")),
    )
    return _unstored(render_template("second_factor/turn_on.html", page=page), 422 if form.errors else 200)


def _issuer() -> str:
    """What an authenticator app calls this system."""
    return current_settings().office_name or PRODUCT


def _unstored(page: str, status: int = 200) -> ResponseReturnValue:
    """A page with a secret, of which browsers keep no copy."""
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/on")
@needs(Permission.SIGN_IN)
@before_second_factor
@needs_recent_sign_in
def turn_on() -> ResponseReturnValue:
    """Turn it on with the app's first code; the answer shows the recovery codes, this once."""
    user, form, key = signed_in_user(), TurnOnForm(), secret_key()
    secret = open_secret(form.sealed.data or "", user_id=user.id, key=key, seconds=SET_UP_SECONDS)
    if secret is None:  # nothing was scanned yet, or too long ago
        return _turn_on_page(TurnOnForm(formdata=None), new_secret())
    if not form.validate():
        return _turn_on_page(form, secret)
    try:
        codes = operations.turn_on(
            db.session(), user, secret=secret, code=form.code.data, key=key, now=utc_now()
        )
    except BadInput as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _turn_on_page(form, secret)
    db.session.commit()
    kept = read_kept(request.form.get(FIELD, ""))
    return _codes_page(RecoveryCodesPage(codes, user.name, _issuer(), is_new=True, kept=kept))


def _codes_page(page: RecoveryCodesPage) -> ResponseReturnValue:
    return _unstored(render_template("second_factor/codes.html", page=page))


@blueprint.post("/recovery-codes")
@needs(Permission.SIGN_IN)
@needs_recent_sign_in
def renew_codes() -> ResponseReturnValue:
    """Ten new recovery codes, shown once; those before end."""
    user = signed_in_user()
    codes = operations.renew_recovery_codes(db.session(), user, key=secret_key())
    db.session.commit()
    return _codes_page(RecoveryCodesPage(codes, user.name, _issuer(), is_new=False))


@blueprint.route("/off", methods=["GET", "POST"])
@needs(Permission.SIGN_IN)
@works_first
def turn_off() -> ResponseReturnValue:
    """Turn it off, with the password and a code."""
    form = ProofForm()
    if form.validate_on_submit() and prove_now(form):
        start_writing(db.session())
        operations.turn_off(db.session(), signed_in_user())
        db.session.commit()
        flash("两步验证已关闭，登录只要密码。", "success")
        return redirect(url_for("account.me") + "#second-factor")
    page = render_template("second_factor/off.html", form=form)
    return page, 422 if form.is_submitted() else 200
