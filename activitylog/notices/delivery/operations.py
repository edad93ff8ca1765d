"""Takes one message after another that is due, so that nobody else sends it, and stores what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.core.locks import lock_notices
from activitylog.notices.delivery.rules import Office, Outcome, Result
from activitylog.notices.letters.queries import letter_at
from activitylog.notices.letters.rules import Letter
from activitylog.notices.models import Notice, NoticeDelivery, NoticeSettings
from activitylog.notices.queries import settings_of
from activitylog.notices.rules import Channel, DeliveryState, Kind, QuietHours, next_attempt

LONGEST_SENDING = timedelta(minutes=15)  # after which whoever sent it must have died
MOST_BUNDLED = 50  # notices in one message; the rest is the next one
DIED = "发送中断，不知是否送到；为免重复，不再发送"
DISABLED = "账号已停用，没有发送"
NO_ADDRESS = "发送时已没有地址，没有发送"


@dataclass(frozen=True, slots=True)
class Message:
    """Notices that one receiver gets together, taken to be sent now."""

    delivery_ids: Sequence[int]
    channel: Channel
    target: str
    name: str
    address: str
    notices: Sequence[tuple[str, str, str]]
    letter: Letter | None

    @property
    def number(self) -> str:
        return f"notice-{self.delivery_ids[0]}-{len(self.delivery_ids)}"


def has_due(session: Session, now: datetime) -> bool:
    return session.scalar(_due(now).with_only_columns(NoticeDelivery.id).limit(1)) is not None


def _due(now: datetime) -> Select[NoticeDelivery]:
    """What is due, or was taken so long ago that whoever took it must have died."""
    waiting = (NoticeDelivery.state == DeliveryState.WAITING) & (NoticeDelivery.due_at <= now)
    stuck = NoticeDelivery.state == DeliveryState.SENDING
    return select(NoticeDelivery).where(
        or_(waiting, stuck & (NoticeDelivery.due_at <= now - LONGEST_SENDING))
    )


def take_message(session: Session, *, office: Office, now: datetime) -> Message | None:
    """Take the next message that may be sent now; None when there is none.

    What may not be sent is put off to the end of the quiet hours, or given up with the reason.
    """
    lock_notices(session)
    _give_up_stuck(session, now)
    while True:
        first = session.scalar(
            _due(now).options(joinedload(NoticeDelivery.notice)).order_by(NoticeDelivery.id).limit(1)
        )
        if first is None:
            return None
        bundle = _bundle(session, first, now)
        user = first.notice.user
        settings = settings_of(session, user.id) if user else None
        refusal = _refusal(user, settings, first.channel)
        quiet_until = _quiet(settings, office).end_after(now)
        if refusal:
            _store(bundle, DeliveryState.FAILED, now, refusal)
        elif quiet_until is not None:
            for each in bundle:
                each.due_at = quiet_until
        else:
            return _take(session, bundle, user, settings, now)
        session.flush()


def _give_up_stuck(session: Session, now: datetime) -> None:
    stuck = NoticeDelivery.state == DeliveryState.SENDING, NoticeDelivery.due_at <= now - LONGEST_SENDING
    session.execute(
        update(NoticeDelivery).where(*stuck).values(state=DeliveryState.FAILED, outcome=DIED),
        execution_options={"synchronize_session": False},
    )


def _bundle(session: Session, first: NoticeDelivery, now: datetime) -> Sequence[NoticeDelivery]:
    """All that is due to the same receiver on the same channel; a letter is a message of its own."""
    if first.notice.kind is Kind.LETTER:
        return [first]
    of_user = Notice.user_id == first.notice.user_id if first.notice.user_id else Notice.user_id.is_(None)
    same = (
        _due(now)
        .join(NoticeDelivery.notice)
        .options(joinedload(NoticeDelivery.notice))
        .where(
            of_user,
            Notice.kind != Kind.LETTER,
            NoticeDelivery.channel == first.channel,
            NoticeDelivery.target == first.target,
        )
    )
    return session.scalars(same.order_by(NoticeDelivery.id).limit(MOST_BUNDLED)).all()


def _refusal(user: User | None, settings: NoticeSettings | None, channel: Channel) -> str:
    if user is None or settings is None:
        return ""
    if not user.is_enabled:
        return DISABLED
    is_there = settings.webhook if channel is Channel.ROBOT else settings.mail_confirmed_at
    return "" if is_there else NO_ADDRESS


def _quiet(settings: NoticeSettings | None, office: Office) -> QuietHours:
    if settings is None or settings.quiet_from is None or settings.quiet_until is None:
        return office.quiet
    return QuietHours(settings.quiet_from, settings.quiet_until)


def _take(
    session: Session,
    bundle: Sequence[NoticeDelivery],
    user: User | None,
    settings: NoticeSettings | None,
    now: datetime,
) -> Message:
    first = bundle[0]
    for each in bundle:
        each.state, each.due_at, each.tried_at = DeliveryState.SENDING, now, now
        each.attempts += 1
    session.flush()
    is_mail = first.channel is Channel.MAIL
    address = "" if settings is None else settings.mail_address if is_mail else settings.webhook
    is_letter = first.notice.kind is Kind.LETTER and user is not None
    return Message(
        delivery_ids=[each.id for each in bundle],
        channel=first.channel,
        target=first.target,
        name=user.name if user else "",
        address=address,
        notices=[(each.notice.title, each.notice.text, each.notice.address) for each in bundle],
        letter=letter_at(session, user.id, first.notice.address) if is_letter and user else None,
    )


def store_outcome(session: Session, message: Message, outcome: Outcome, *, now: datetime) -> None:
    """Sent, failed for good, or to be tried again later; anything else that wrote it meanwhile stays."""
    rows = session.scalars(
        select(NoticeDelivery).where(
            NoticeDelivery.id.in_(message.delivery_ids), NoticeDelivery.state == DeliveryState.SENDING
        )
    ).all()
    if outcome.result is Result.SENT:
        _store(rows, DeliveryState.SENT, now, outcome.sentence)
    for each in rows if outcome.result is Result.TRY_AGAIN else ():
        again = next_attempt(each.attempts, now, asked_for=outcome.wait)
        if again is not None:
            each.state, each.due_at, each.outcome = DeliveryState.WAITING, again, outcome.sentence
    _store(
        [each for each in rows if each.state is DeliveryState.SENDING],
        DeliveryState.FAILED,
        now,
        outcome.sentence,
    )
    session.flush()


def _store(rows: Sequence[NoticeDelivery], state: DeliveryState, now: datetime, sentence: str) -> None:
    for each in rows:
        each.state, each.outcome = state, sentence
        if state is DeliveryState.SENT:
            each.sent_at = now
