"""Receivers of mail and of robots' messages on this machine, which answer as a test wants."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

HOSTS = ("https://qyapi.weixin.qq.com", "https://oapi.dingtalk.com", "https://open.feishu.cn")
GOOD = (200, {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"})


@dataclass
class Robots:
    """A server that stands for the robots' hosts: what it was sent, and its next answers."""

    address: str
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    @property
    def origins(self) -> dict[str, str]:
        return dict.fromkeys(HOSTS, self.address)

    @property
    def texts(self) -> list[str]:
        return [
            body["text"]["content"] if "text" in body else body["content"]["text"] for _, body in self.got
        ]


@contextmanager
def robots() -> Iterator[Robots]:
    state = Robots("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.got.append((self.path, json.loads(body)))
            time.sleep(state.delay)
            status, answer = state.answers.pop(0) if state.answers else GOOD
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            with suppress(BrokenPipeError):  # who did not wait for the answer is gone
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Post:
    """A mail server: what it took, and what it answers to recipients and to messages."""

    url: str
    got: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    message_refusals: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        refusal = self.message_refusals.pop(0) if self.message_refusals else ""
        if refusal == "hang up":
            assert server.transport
            server.transport.close()
            return "421 gone"
        if refusal:
            return refusal
        content = envelope.content
        assert isinstance(content, bytes)
        self.got.append(message_from_bytes(content, policy=policy.default))
        return "250 taken"


@contextmanager
def post() -> Iterator[Post]:
    state = Post("")
    controller = Controller(state, hostname="127.0.0.1", port=free_port())
    controller.start()
    state.url = f"mailto://127.0.0.1:{controller.port}?from=kepu@example.cn"
    try:
        yield state
    finally:
        controller.stop()


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    text: str = part.get_content()
    return text


def html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part
    text: str = part.get_content()
    return text
