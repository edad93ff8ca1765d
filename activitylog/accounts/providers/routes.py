"""Sign in at a provider, come back with an identity to link, and sign out there, too."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from threading import BoundedSemaphore

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from activitylog.accounts.forms import SignInForm
from activitylog.accounts.guards import current_sign_in, public, signed_in_user
from activitylog.accounts.kept_forms import FIELD, KeptForm, read_kept
from activitylog.accounts.providers import operations
from activitylog.accounts.providers.queries import identity_at, providers_of, waiting_form
from activitylog.accounts.providers.rules import ProvidedPerson, Provider, Purpose, Visit, check_answer
from activitylog.accounts.routes import (
    PROVIDER,
    TRIES_PER_MINUTE,
    begin_session,
    sign_in_page,
    this_device,
    where_to,
)
from activitylog.accounts.sign_ins.operations import end_sign_in
from activitylog.core.actor import NOT_SIGNED_IN, Actor, act_as
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import ActivityLogError, Busy, Missing, Refused
from activitylog.settings import Settings
from activitylog.web.limits import limiter
from activitylog.web.requests import current_settings, local_address, works_first

blueprint = Blueprint("providers", __name__)
PROVIDERS = "providers"  # the extension that holds them, by key
LONGEST_ADDRESS = 1000  # characters of an address to go on to that the cookie has room for
AT_ONCE = 4  # who ask providers, in this process
_asking = BoundedSemaphore(AT_ONCE)
_VISIT = "visit"  # the cookie's field
_IN_APP = ("wxwork", "MicroMessenger")  # of the browsers in 企业微信 and 微信


def register(app: Flask, settings: Settings) -> None:
    """Let people sign in at the providers of the settings."""
    app.extensions[PROVIDERS] = {each.key: each for each in providers_of(settings)}
    app.context_processor(lambda: {"sign_in_providers": list(app.extensions[PROVIDERS].values())})
    app.jinja_env.globals["provider_label"] = provider_label


def provider_label(key: str) -> str:
    """What the provider is called; one that is set no longer says so."""
    provider = current_app.extensions[PROVIDERS].get(key)
    return provider.label if provider else f"{key}（已不再使用）"


def provider_of(key: str) -> Provider:
    provider: Provider | None = current_app.extensions[PROVIDERS].get(key)
    if provider is None:
        raise Missing("本系统没有开通这种登录方式，请用姓名和密码登录。")
    return provider


def check_rate() -> None:
    """Answer 429 to an address that comes here too often within a minute."""
    if not limiter().allows(TRIES_PER_MINUTE, request.endpoint or "", request.remote_addr or ""):
        abort(429)


@contextmanager
def asking() -> Iterator[None]:
    """While a provider is asked nothing is held, and few ask: a slow one leaves threads to everybody else."""
    db.session.rollback()
    if not _asking.acquire(blocking=False):
        raise Busy("同时去别处登录的人太多，请过几秒再试，或用姓名和密码登录。")
    try:
        yield
    finally:
        _asking.release()


def back_address(provider: Provider) -> str:
    """Where the provider sends the browser back to; registered there."""
    return current_settings().public_url + url_for("providers.finish", provider=provider.key)


@blueprint.route("/login/with/<provider>", methods=["GET", "POST"])
@public
@works_first
def start(provider: str) -> ResponseReturnValue:
    """Off to the provider, to sign in; a form that waits is kept meanwhile.

    Who is signed in and has such a form proves by signing in anew who they are.
    """
    check_rate()
    found, now = provider_of(provider), utc_now()
    following = local_address(request.values.get("next")) or ""
    kept = read_kept(request.form.get(FIELD, ""))
    if current_user.is_authenticated and kept is None:
        return where_to(kept, following)
    purpose = Purpose.PROVE if current_user.is_authenticated else Purpose.SIGN_IN
    visit = new_visit(found, purpose, now, following=following[:LONGEST_ADDRESS])
    return depart(found, visit, now=now, kept=kept)


def new_visit(
    provider: Provider, purpose: Purpose, now: datetime, *, following: str = "", token: str = ""
) -> Visit:
    return Visit(
        provider=provider.key,
        purpose=purpose,
        began_at=int(now.timestamp()),
        user_id=signed_in_user().id if purpose in {Purpose.LINK, Purpose.PROVE} else 0,
        token=token,
        following=following,
        in_app=any(mark in request.user_agent.string for mark in _IN_APP),
    )


def depart(
    provider: Provider, visit: Visit, *, now: datetime, kept: KeptForm | None = None
) -> ResponseReturnValue:
    """Send the browser off. After a form by a page: browsers let no form lead to another site."""
    try:
        with asking():
            address = provider.address(visit, back=back_address(provider), now=now)
        if kept is not None:
            start_writing(db.session())
            visit = replace(visit, kept=operations.keep_form(db.session(), str(kept), now=now))
            db.session.commit()
    except (Busy, Refused) as refusal:
        db.session.rollback()
        return _refused(visit, refusal, kept)
    session[_VISIT] = asdict(visit)
    if request.method == "GET":
        return redirect(address)
    return render_template("accounts/leave.html", address=address, label=provider.label)


@blueprint.get("/login/with/<provider>/callback")
@public
def finish(provider: str) -> ResponseReturnValue:
    """Back from the provider: sign in, or link the identity."""
    check_rate()
    found, now, stored = provider_of(provider), utc_now(), session.pop(_VISIT, None)
    visit = Visit(**stored | {"purpose": Purpose(stored["purpose"])}) if stored else None
    person = None
    try:
        visit = check_answer(visit, provider, request.args.get("state", ""), now=now)
        with asking():
            person = found.person(request.args, visit, back=back_address(found), now=now)
        return _FINISHES[visit.purpose](Answer(found, visit, person, now))
    except ActivityLogError as refusal:
        db.session.rollback()
        if person is not None:
            start_writing(db.session())
            operations.record_refusal(db.session(), found, person, address=request.remote_addr or "")
            db.session.commit()
        return _refused(visit, refusal, None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A visit that ended with a person."""

    provider: Provider
    visit: Visit
    person: ProvidedPerson
    now: datetime


def _finish_sign_in(answer: Answer) -> ResponseReturnValue:
    session_, visit, now = db.session(), answer.visit, answer.now
    for is_last in (False, True):
        start_writing(session_)
        try:
            found = operations.sign_in_at(
                session_, answer.provider, answer.person, device=this_device(), now=now
            )
            kept = operations.take_form(session_, visit.kept, now=now)
            session_.commit()
            break
        except (
            IntegrityError,
            operations.NameTaken,
        ):  # the same person, or somebody of the name, came at the same moment
            session_.rollback()
            if is_last:
                raise
    begin_session(found)
    _offer_sign_out(answer)
    return where_to(read_kept(kept), visit.following)


def _offer_sign_out(answer: Answer) -> None:
    """Remember the provider where one may sign out, too."""
    try:
        address = answer.provider.end_address(back="", now=answer.now)
    except (Busy, Refused):
        return
    if address:
        session[PROVIDER] = answer.provider.key


def _finish_proof(answer: Answer) -> ResponseReturnValue:
    """Sign in anew, as nobody else, which ends the sign-in until now."""
    identity = identity_at(db.session(), answer.provider.key, answer.person.subject)
    if not current_user.is_authenticated or current_user.id != answer.visit.user_id:
        raise Refused("登录已经换人或过期。请重新登录，再提交一次。")
    if identity is None or identity.user_id != answer.visit.user_id:
        raise Refused(
            f"在{answer.provider.label}登录的不是“{signed_in_user().name}”本人。请用您自己的账号再试一次。"
        )
    before = current_sign_in()
    response = _finish_sign_in(answer)
    start_writing(db.session())
    end_sign_in(db.session(), before, now=answer.now)
    db.session.commit()
    return response


def _finish_link(answer: Answer) -> ResponseReturnValue:
    start_writing(db.session())
    if not current_user.is_authenticated or current_user.id != answer.visit.user_id:
        raise Refused("登录已经换人或过期，没有关联。请重新登录，再在“我的”里关联。")
    user = signed_in_user()
    act_as(db.session(), Actor(user.name, request.remote_addr or "", user_id=user.id))
    operations.link_identity(db.session(), answer.provider, user, answer.person, now=answer.now)
    db.session.commit()
    flash(f"已关联，以后也可以用{answer.provider.label}登录。", "success")
    return redirect(url_for("account.me") + "#identities")


def _finish_invitation(answer: Answer) -> ResponseReturnValue:
    start_writing(db.session())
    act_as(db.session(), Actor(NOT_SIGNED_IN, request.remote_addr or ""))
    found = operations.accept_invitation(
        db.session(), answer.provider, answer.visit.token, answer.person, device=this_device(), now=answer.now
    )
    db.session.commit()
    begin_session(found)
    _offer_sign_out(answer)
    flash(f"已关联，以后用{answer.provider.label}登录。", "success")
    return redirect(url_for("home.index"))


_FINISHES = {
    Purpose.SIGN_IN: _finish_sign_in,
    Purpose.LINK: _finish_link,
    Purpose.INVITATION: _finish_invitation,
    Purpose.PROVE: _finish_proof,
}


def _refused(visit: Visit | None, refusal: ActivityLogError, kept: KeptForm | None) -> ResponseReturnValue:
    """Back where the person came from, with the sentence; a form that waited is shown again."""
    if visit is not None and visit.purpose is Purpose.LINK and current_user.is_authenticated:
        flash(str(refusal), "error")
        return redirect(url_for("account.me") + "#identities")
    if visit is not None and visit.purpose is Purpose.INVITATION:
        flash(str(refusal), "error")
        return redirect(url_for("accounts.choose_password", token=visit.token))
    form = SignInForm(formdata=None, next=visit.following if visit else "")
    form.form_errors.append(str(refusal))
    waiting = waiting_form(db.session(), visit.kept, now=utc_now()) if visit and visit.kept else None
    return sign_in_page(form, read_kept(waiting.form) if waiting else kept), refusal.http_status


@blueprint.get("/login/with/<provider>/end")
@public
def end(provider: str) -> ResponseReturnValue:
    """Sign out at the provider, too."""
    check_rate()
    found = provider_of(provider)
    back = current_settings().public_url + url_for("accounts.sign_in")
    with asking():
        address = found.end_address(back=back, now=utc_now())
    if address is None:
        raise Missing(f"{found.label}没有退出登录的地址，请到那边的网页上退出。")
    return redirect(address)
