"""Where a person's notices go: chosen, the mail address confirmed, ways of sending tried out."""

from collections.abc import Callable
from secrets import token_urlsafe

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Busy, Missing, Refused
from activitylog.notices.delivery.groups import read_group, send_to_group
from activitylog.notices.delivery.mail import SHORT_TIMEOUT, notice_mail, read_mail_url, send_by_office
from activitylog.notices.delivery.robots import send_to_robot
from activitylog.notices.delivery.rules import Item, Office, Outcome, Result, read_webhook, robot_text
from activitylog.notices.operations import confirm_mail, store_ways
from activitylog.notices.queries import settings_of
from activitylog.notices.rules import kinds_of
from activitylog.pages.notice_settings.forms import NoticeSettingsForm
from activitylog.pages.notice_settings.page import settings_page
from activitylog.web.limits import limiter
from activitylog.web.requests import current_settings, works_first

blueprint = Blueprint("notice_settings", __name__, url_prefix="/me/notices")
VALID_FOR = 2 * 24 * 3600  # seconds, of a link that confirms an address
TESTS_A_MINUTE = 5


@blueprint.get("")
@needs(Permission.SIGN_IN)
def index() -> ResponseReturnValue:
    """The person's choices."""
    stored = settings_of(db.session(), signed_in_user().id)
    form = NoticeSettingsForm(
        mail_address=stored.mail_address, quiet_from=stored.quiet_from, quiet_until=stored.quiet_until
    )
    page = settings_page(db.session(), signed_in_user(), form, office=_office())
    return render_template("notices/settings.html", page=page)


def _office() -> Office:
    return Office.of(current_settings(), origins=current_app.config.get("ROBOT_ORIGINS"))


@blueprint.post("")
@needs(Permission.SIGN_IN)
@works_first
def save() -> ResponseReturnValue:
    """Store the choices; another mail address is sent its link afterwards, while nothing is held."""
    form, wanted = NoticeSettingsForm(), set(request.form.getlist("wanted"))
    is_stored = form.validate() and _is_stored(form, wanted)
    if not is_stored:
        page = settings_page(db.session(), signed_in_user(), form, office=_office(), wanted=wanted)
        return render_template("notices/settings.html", page=page), 422
    flash("已保存。", "success")
    return redirect(url_for(".index"))


def _is_stored(form: NoticeSettingsForm, wanted: set[str]) -> bool:
    try:
        if form.webhook.data:
            read_webhook(form.webhook.data, hosts=_office().hosts)
    except BadInput as refusal:
        form.refuse(refusal)
        return False
    start_writing(db.session())
    user = signed_in_user()
    stored = settings_of(db.session(), user.id)
    is_other = (form.mail_address.data or "") not in ("", stored.mail_address)
    stored = store_ways(db.session(), user.id, form.chosen(kinds_of(user.role), wanted, stored))
    to_confirm = (user.id, user.name, stored.mail_address)
    db.session.commit()
    if is_other and _office().mail_url:
        _send_link(*to_confirm)
    return True


@blueprint.post("/link")
@needs(Permission.SIGN_IN)
@works_first
def send_link() -> ResponseReturnValue:
    """Send the link that confirms the mail address once more."""
    user = signed_in_user()
    to_confirm = (user.id, user.name, settings_of(db.session(), user.id).mail_address)
    if not to_confirm[2] or not _office().mail_url:
        raise Refused("还没有填邮箱，或办公室没有设邮件服务器；请先在通知设置里填写，或请系统管理员设定。")
    db.session.rollback()
    _send_link(*to_confirm)
    return redirect(url_for(".index"))


def _send_link(user_id: int, name: str, address: str) -> None:
    _check_rate(user_id)
    office = _office()
    link = office.public_url + url_for(".confirm", token=_tokens().dumps([user_id, address]))
    item = Item("请确认这个邮箱", f"点下面的链接，再按“启用”，通知就发到 {address}。两天内有效。", link)
    mail = notice_mail([item], office, name=name, to=address, number=f"confirm-{token_urlsafe(9)}")
    _flash(_answer(lambda: send_by_office(mail, office, timeout=SHORT_TIMEOUT)), f"确认邮件已发到 {address}")


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="notice mail address")


def _check_rate(user_id: int) -> None:
    if not limiter().allows(TESTS_A_MINUTE, "notice_tests", str(user_id)):
        raise Busy("试得太频繁，请过一分钟再试。")


def _answer(send: Callable[[], Outcome]) -> Outcome:
    try:
        return send()
    except BadInput as refusal:
        return Outcome(Result.REFUSED, str(refusal))


def _flash(outcome: Outcome, done: str) -> None:
    is_sent = outcome.result is Result.SENT
    flash(f"{done}。" if is_sent else f"没有发出：{outcome.sentence}。", "success" if is_sent else "error")


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
@needs(Permission.SIGN_IN)
def confirm(token: str) -> ResponseReturnValue:
    """Behind the link: a button by which the address is used from now on."""
    try:
        owner_id, address = _tokens().loads(token, max_age=VALID_FOR)
    except BadData:
        raise Missing("这个链接已过期或不完整；请到“我的 → 通知设置”里再发一封确认邮件。") from None
    if request.method == "GET":
        return render_template("notices/confirm.html", address=address)
    user = signed_in_user()
    confirm_mail(db.session(), user.id, owner_id=owner_id, address=address, now=utc_now())
    db.session.commit()
    flash(f"已启用 {address}，通知会发到这个邮箱。", "success")
    return redirect(url_for(".index"))


@blueprint.post("/test")
@needs(Permission.SIGN_IN)
@works_first
def test() -> ResponseReturnValue:
    """Send a test to the person's own robot or mail address, and say what was answered."""
    user = signed_in_user()
    stored, name = settings_of(db.session(), user.id), user.name
    address = stored.mail_address if stored.mail_confirmed_at else ""
    webhook, is_robot = stored.webhook, request.form.get("way") == "robot"
    _check_rate(user.id)
    db.session.rollback()
    if not (webhook if is_robot else address):
        raise Refused("还没有填机器人地址，或邮箱还没有确认；请先在通知设置里填写。")
    outcome = _answer(lambda: _test_robot(webhook) if is_robot else _test_mail(name, address))
    _flash(outcome, f"测试已发出，{outcome.sentence}")
    return redirect(url_for(".index"))


@blueprint.post("/office-test")
@needs(Permission.MANAGE_PEOPLE)
@works_first
def office_test() -> ResponseReturnValue:
    """Send a test by one of the office's ways, and say what was answered."""
    user, office, way = signed_in_user(), _office(), request.form.get("way", "")
    address, name = settings_of(db.session(), user.id).mail_address, user.name
    _check_rate(user.id)
    db.session.rollback()
    place = way.removeprefix("group-")
    if way == "mail" and office.mail_url:
        outcome = _answer(lambda: _test_mail(name, address or read_mail_url(office.mail_url).sender))
    elif place.isdecimal() and len(place) < 4 and int(place) < len(office.group_urls):
        outcome = _answer(lambda: _test_group(office.group_urls[int(place)]))
    else:
        raise Missing("没有这个发送渠道，它可能刚从环境变量里去掉；请回到通知设置看看。")
    _flash(outcome, f"测试已发出，{outcome.sentence}")
    return redirect(url_for(".index") + "#office")


def _test_item(office: Office) -> Item:
    return Item("测试通知：收到就说明可以用", "这是一条测试。", f"{office.public_url}/notices")


def _test_mail(name: str, address: str) -> Outcome:
    office = _office()
    number = f"test-{token_urlsafe(9)}"
    mail = notice_mail([_test_item(office)], office, name=name, to=address, number=number)
    return send_by_office(mail, office, timeout=SHORT_TIMEOUT)


def _test_text(office: Office) -> str:
    return robot_text([_test_item(office)], office=office.name, more="")


def _test_robot(webhook: str) -> Outcome:
    office = _office()
    robot = read_webhook(webhook, hosts=office.hosts)
    return send_to_robot(robot, _test_text(office), now=utc_now(), origins=office.origins)


def _test_group(url: str) -> Outcome:
    office = _office()
    group = read_group(url, hosts=office.hosts)
    return send_to_group(group, _test_text(office), office=office, now=utc_now())
