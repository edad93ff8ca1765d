"""What an office sets by page: its name, logo and address, its surveys, its closing day."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, BinaryIO, TypeVar, cast

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, needs_recent_sign_in, public, signed_in_user
from activitylog.accounts.rules import Permission, duties_in
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Missing, Refused, UnusableFile
from activitylog.indicators.counted_words import offered_kinds
from activitylog.indicators.years.operations import set_rounding
from activitylog.indicators.years.queries import (
    RoundingOfYear,
    SatisfactionOfYear,
    rounding_of_years,
    satisfaction_of_years,
)
from activitylog.office.queries import CurrentSettings, last_changes
from activitylog.office.rules import KIND_SEPARATOR, logo_digest, logo_picture
from activitylog.pages.settings.forms import FORMS, KindsForm, OfficeForm, RoundingForm, SatisfactionForm
from activitylog.pages.settings.operations import (
    check_retired_kinds,
    count_satisfaction,
    logo_address,
    save_settings,
    settings_token,
    why_not_reached,
)
from activitylog.pages.settings.page import GROUP, SettingsFormPage, names_of, settings_page
from activitylog.pages.settings.sending import FIELDS, SendingForm
from activitylog.rollup.queries import months_label
from activitylog.surveys.years.rules import SatisfactionMethod
from activitylog.web.forms import BaseForm
from activitylog.web.requests import current_settings, takes_files

LARGEST_LOGO = 5 * 1024 * 1024
MAY_CHANGE = {
    "office": Permission.SET_OFFICE,
    "surveys": Permission.SET_REVIEW,
    "signing_in": Permission.SET_OFFICE,
    "retention": Permission.SET_OFFICE,
    "kinds": Permission.SET_REVIEW,
    "closing": Permission.SET_REVIEW,
    "uploads": Permission.SET_OFFICE,
    "notices": Permission.SET_OFFICE,
    "sending": Permission.SET_OFFICE,
    "rounding": Permission.SET_REVIEW,
    "year_satisfaction": Permission.SET_REVIEW,
}
OfYear = TypeVar("OfYear", RoundingOfYear, SatisfactionOfYear)
blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
@needs(Permission.SIGN_IN)
def index() -> ResponseReturnValue:
    """Every setting, what it is set to and by whom."""
    user = signed_in_user()
    page = settings_page(
        current_settings(),
        last_changes(db.session()),
        {
            "rounding": rounding_of_years(db.session()),
            "year_satisfaction": satisfaction_of_years(db.session()),
        },
        may_change={key: user.may(permission) for key, permission in MAY_CHANGE.items()},
    )
    return render_template("settings/index.html", page=page)


@blueprint.route("/surveys", methods=["GET", "POST"])
@needs(MAY_CHANGE["surveys"])
def surveys() -> ResponseReturnValue:
    """When surveys take answers, and how many."""
    return _plain_form("surveys")


@blueprint.route("/closing", methods=["GET", "POST"])
@needs(MAY_CHANGE["closing"])
def closing() -> ResponseReturnValue:
    """On which day months close by themselves."""
    return _plain_form("closing")


@blueprint.route("/signing-in", methods=["GET", "POST"])
@needs(MAY_CHANGE["signing_in"])
@needs_recent_sign_in
def signing_in() -> ResponseReturnValue:
    """Whose sign-in needs a code."""
    return _plain_form("signing_in")


@blueprint.route("/retention", methods=["GET", "POST"])
@needs(MAY_CHANGE["retention"])
def retention() -> ResponseReturnValue:
    """How long what attendees wrote is kept."""
    return _plain_form("retention")


@blueprint.route("/uploads", methods=["GET", "POST"])
@needs(MAY_CHANGE["uploads"])
def uploads() -> ResponseReturnValue:
    """How much one person may store a day."""
    return _plain_form("uploads")


@blueprint.route("/notices", methods=["GET", "POST"])
@needs(MAY_CHANGE["notices"])
def notices() -> ResponseReturnValue:
    """When the office sends no notices."""
    return _plain_form("notices")


@blueprint.route("/sending", methods=["GET", "POST"])
@needs(MAY_CHANGE["sending"])
@needs_recent_sign_in
def sending() -> ResponseReturnValue:
    """By which mail server and robots notices are sent."""
    settings, names = current_settings(), GROUP["sending"].names
    form = SendingForm.of(settings, seen=settings_token(settings, names))
    if form.validate_on_submit():
        try:
            values: dict[str, object] = {
                "mail_url": form.mail_url(settings),
                "notice_urls": " ".join(form.robots(settings)),
            }
        except BadInput as refusal:
            form.refuse(refusal)
        else:
            if done := _saved(form, values):
                return done
    shown = [name for setting in names if setting not in settings.given for name in FIELDS[setting]]
    if not settings.notice_urls:
        shown = [name for name in shown if name != "kept_robots"]
    page = SettingsFormPage(GROUP["sending"], form, settings.given, shown=tuple(shown))
    return render_template("settings/form.html", page=page), 422 if form.is_submitted() else 200


@blueprint.route("/kinds", methods=["GET", "POST"])
@needs(MAY_CHANGE["kinds"])
def kinds() -> ResponseReturnValue:
    """Which kinds of activity are offered, and in which order."""
    session, names = db.session(), GROUP["kinds"].names
    stored = _stored(names)
    form = KindsForm(data=stored | {"activity_kinds": "\n".join(offered_kinds(session))})
    if form.validate_on_submit():
        try:
            check_retired_kinds(session, form.kinds)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            if done := _saved(form, {"activity_kinds": KIND_SEPARATOR.join(form.kinds)}):
                return done
    page = SettingsFormPage(GROUP["kinds"], form, shown=names)
    return render_template("settings/form.html", page=page), 422 if form.is_submitted() else 200


def _plain_form(key: str) -> ResponseReturnValue:
    names = names_of(GROUP[key], current_settings())
    form = FORMS[key](data=_stored(names))
    for name in set(GROUP[key].names).difference(names):
        del form[name]
    if form.validate_on_submit() and (
        done := _saved(form, {name: _as_stored(form[name].data) for name in names})
    ):
        return done
    page = SettingsFormPage(GROUP[key], form, current_settings().given, shown=names)
    return render_template("settings/form.html", page=page), 422 if form.is_submitted() else 200


def _as_stored(value: object) -> object:
    return ",".join(value) if isinstance(value, list) else value


def _stored(names: tuple[str, ...]) -> dict[str, Any]:
    settings = current_settings()
    values = {name: getattr(settings, name) for name in names}
    if "second_factor_roles" in values:
        values["second_factor_roles"] = duties_in(settings.second_factor_roles)
    return values | {"seen": settings_token(settings, names)}


def _saved(form: Any, values: dict[str, object]) -> ResponseReturnValue | None:
    """The way on after storing them; None when refused, with the reason in the form."""
    session, current = db.session(), _current()
    try:
        save_settings(session, current.own, values, seen=form.seen.data, by=signed_in_user(), now=utc_now())
    except Refused as refusal:
        session.rollback()
        current.forget()
        form.refuse_save(refusal, token=settings_token(current.now(), tuple(values)))
        return None
    session.commit()
    current.forget()
    flash("设置已保存。", "success")
    return redirect(url_for(".index"))


@blueprint.route("/rounding/<int:year>", methods=["GET", "POST"])
@needs(MAY_CHANGE["rounding"])
def rounding(year: int) -> ResponseReturnValue:
    """Whether a year's figures are rounded before they are compared."""
    session = db.session()
    found = _of_year(rounding_of_years(session), year)
    form = RoundingForm(data={"rounds_first": "y" if found.rounds_first else ""})

    def save() -> str:
        first = form.rounds_first.data == "y"
        set_rounding(session, year, rounds_first=first, by=signed_in_user(), now=utc_now())
        return f"{year}年的取舍方法已保存，各页的数按它比较。"

    return _year_form("rounding", year, form, save)


@blueprint.route("/satisfaction/<int:year>", methods=["GET", "POST"])
@needs(MAY_CHANGE["year_satisfaction"])
def year_satisfaction(year: int) -> ResponseReturnValue:
    """Which figure of the answers counts as a year's satisfaction."""
    session = db.session()
    found = _of_year(satisfaction_of_years(session), year)
    form = SatisfactionForm(data={"method": found.method})

    def save() -> str:
        method = SatisfactionMethod(form.method.data)
        months = count_satisfaction(session, year, method, by=signed_in_user(), now=utc_now())
        again = f"，已按它重新汇总{months_label(months)}" if months else ""
        return f"{year}年的满意度算法已保存{again}。"

    return _year_form("year_satisfaction", year, form, save)


def _of_year(years: Iterable[OfYear], year: int) -> OfYear:
    found = next((each for each in years if each.year == year), None)
    if found is None:
        raise Missing(f"没有{year}年的申报表，这一年没有可以设定的。")
    return found


def _year_form(key: str, year: int, form: BaseForm, save: Callable[[], str]) -> ResponseReturnValue:
    """The form of what holds for a year; `save` stores it and says so."""
    if form.validate_on_submit():
        try:
            said = save()
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(said, "success")
            return redirect(url_for(".index"))
    group = replace(GROUP[key], title=f"{year}年{GROUP[key].title}")
    page = SettingsFormPage(group, form, shown=group.names)
    return render_template("settings/form.html", page=page), 422 if form.is_submitted() else 200


def _current() -> CurrentSettings:
    current: CurrentSettings = current_app.extensions["current_settings"]
    return current


@blueprint.route("/office", methods=["GET", "POST"])
@needs(MAY_CHANGE["office"])
@takes_files(largest=LARGEST_LOGO)
def office() -> ResponseReturnValue:
    """Name, contact, logo and address."""
    names = GROUP["office"].names
    form = OfficeForm(data=_stored(names))
    if form.validate_on_submit() and _is_reached(form) and (logo := _logo(form)) is not None:
        values = {name: form[name].data for name in names[:-1]} | {"office_logo": logo}
        start_writing(db.session())
        if done := _saved(form, values):
            return done
    page = SettingsFormPage(GROUP["office"], form, current_settings().given, current_settings().office_logo)
    return render_template("settings/office.html", page=page), 422 if form.is_submitted() else 200


def _is_reached(form: OfficeForm) -> bool:
    """Whether the address leads here, or the person says that it does; tried while nothing is held."""
    address = form.public_url.data
    if address == current_settings().public_url or form.is_unreachable.data:
        return True
    sentence = why_not_reached(address)
    if sentence:
        form.is_unreachable.errors = [f"{sentence}请核对；手机打得开、只是服务器自己绕不回来，可以照样保存。"]
    return not sentence


def _logo(form: OfficeForm) -> str | None:
    """The logo as it shall be; None when the file cannot be used."""
    chosen = request.files.get("logo")
    if chosen is None or not chosen.filename:
        return "" if form.drops_logo.data else current_settings().office_logo
    try:
        return logo_address(cast(BinaryIO, chosen.stream), chosen.filename)
    except UnusableFile as refusal:
        form.logo.errors = [str(refusal)]
        return None


@blueprint.get("/logo/<digest>.png")
@public
def logo(digest: str) -> ResponseReturnValue:
    """The office's logo; its address changes with the picture."""
    address = current_settings().office_logo
    if not address or digest != logo_digest(address):
        abort(404)
    answer = Response(logo_picture(address), mimetype="image/png")
    answer.cache_control.public = answer.cache_control.immutable = True
    answer.cache_control.max_age = 365 * 24 * 3600
    return answer
