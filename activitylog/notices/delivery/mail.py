"""Mails as plain text and HTML, and the office's mail server, as an Apprise address names it."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

from activitylog.core.database import packaged_folder
from activitylog.errors import BadInput
from activitylog.notices.delivery.rules import (
    LONGEST_ANSWER,
    Item,
    Office,
    Outcome,
    Result,
    mail_subject,
    mail_text,
)
from activitylog.notices.letters.rules import Letter, letter_text

TIMEOUT = 10.0  # seconds for each step
SHORT_TIMEOUT = 4.0  # where somebody waits for the answer
SMTPS = 465  # the port that is encrypted from the first byte


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and from whom; `security` is ssl, starttls or insecure."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str

    @property
    def label(self) -> str:
        return f"{self.host}:{self.port}，发件人 {self.sender}"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address; `number` makes it the same message wherever it turns up twice."""

    to: str
    subject: str
    text: str
    html: str
    number: str


def rendered(template: str, **values: Any) -> str:
    """A template as the HTML of a mail, outside any request."""
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(packaged_folder("templates"))
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def read_mail_url(url: str) -> MailServer:
    """The server of an address such as `mailtos://user:password@smtp.example.cn:465?from=kepu@example.cn`."""
    from apprise import Apprise  # noqa: PLC0415  (slow to load, and only where mail is sent)
    from apprise.plugins.email.base import NotifyEmail  # noqa: PLC0415

    plugin = Apprise.instantiate(url, suppress_exceptions=True)
    if not isinstance(plugin, NotifyEmail):
        raise BadInput(
            "ACTIVITYLOG_MAIL_URL 不能用，应为 mailtos://用户:密码@服务器:465?from=发件地址"
            "（密码里的符号写成 %xx）。"
        )
    has_mode = "mode" in parse_qs(urlsplit(url).query)
    is_smtps = plugin.port == SMTPS and plugin.secure and not has_mode
    return MailServer(
        host=plugin.smtp_host,
        port=plugin.port or smtplib.SMTP_PORT,
        security="ssl" if is_smtps else str(getattr(plugin.secure_mode, "value", plugin.secure_mode)),
        user=plugin.user or "",
        password=plugin.password or "",
        sender=str(plugin.from_addr[1]),
    )


def notice_mail(items: Sequence[Item], office: Office, *, name: str, to: str, number: str) -> Mail:
    """Notices as one mail."""
    values = {"name": name, "office": office.name, "settings_address": f"{office.public_url}/me/notices"}
    return Mail(
        to=to,
        subject=mail_subject(items, office=office.name),
        text=mail_text(items, **values),
        html=rendered("notices/mail.html", items=items, **values),
        number=number,
    )


def letter_mail(letter: Letter, office: Office, *, to: str, number: str) -> Mail:
    """A monthly letter as a mail."""
    values = {"public_url": office.public_url, "office": office.name}
    return Mail(
        to=to,
        subject=f"[{office.name}] {letter.title}",
        text=letter_text(letter, **values),
        html=rendered("notices/letter_mail.html", letter=letter, **values),
        number=number,
    )


def send_by_office(mail: Mail, office: Office, *, timeout: float = TIMEOUT) -> Outcome:
    """Hand a mail in at the office's server; BadInput when its address cannot be read."""
    return send_mail(read_mail_url(office.mail_url), mail, sender_name=office.name, timeout=timeout)


def send_mail(server: MailServer, mail: Mail, *, sender_name: str, timeout: float = TIMEOUT) -> Outcome:
    """Hand one message in; what the server answered. It is said to be sent once the server took it."""
    try:
        message = _message(server, mail, sender_name)
    except (ValueError, IndexError, MessageError):  # an empty address is an IndexError of the library
        return Outcome(Result.REFUSED, "邮件地址不能用")
    try:
        connection = _connect(server, timeout)
    except smtplib.SMTPAuthenticationError as error:
        return Outcome(Result.TRY_AGAIN, f"邮件服务器不认用户名或密码：{_answer(error)}")
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(Result.TRY_AGAIN, f"连不上邮件服务器 {server.host}：{_reason(error)}")
    try:
        return _hand_in(connection, message)
    finally:
        connection.close()


def _message(server: MailServer, mail: Mail, sender_name: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(sender_name, addr_spec=server.sender)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = " ".join(mail.subject.split())
    message["Message-ID"] = f"<{mail.number}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _connect(server: MailServer, timeout: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "ssl":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=timeout, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _hand_in(connection: smtplib.SMTP, message: EmailMessage) -> Outcome:
    try:
        connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return _refusal(code, f"{code} {text.decode('utf-8', 'replace')}")
    except smtplib.SMTPResponseException as error:
        return _refusal(error.smtp_code, _answer(error))
    except (smtplib.SMTPException, OSError):
        return Outcome(Result.UNCLEAR, "邮件服务器没有回答，不知是否收下；为免重复，不再发送")
    return Outcome(Result.SENT, "邮件服务器已收下")


def _refusal(code: int, answer: str) -> Outcome:
    """Codes of 400 to 499 are for now, others for good."""
    result = Result.TRY_AGAIN if 400 <= code < 500 else Result.REFUSED
    return Outcome(result, f"邮件服务器没有收：{answer[:LONGEST_ANSWER]}")


def _answer(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{error.smtp_code} {words}"[:LONGEST_ANSWER]


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error)
    if isinstance(error, (TimeoutError, smtplib.SMTPServerDisconnected)):
        return "没有回答"
    return "没有人接" if isinstance(error, ConnectionRefusedError) else type(error).__name__
