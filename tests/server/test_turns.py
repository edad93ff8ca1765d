"""Bodies are received whole before a turn is taken, and turns are few."""

import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import pytest

from activitylog.server.turns import LARGEST_UPLOAD, Turns
from activitylog.web.requests import LARGEST_FROM_STRANGERS

STRANGER: Callable[[Any], bool] = lambda _environ: False  # noqa: E731
STAFF: Callable[[Any], bool] = lambda _environ: True  # noqa: E731


def received(is_staff: Callable[[Any], bool], body: bytes, *, said: int | None) -> tuple[int, str]:
    """How much of the body the application can read, and the length it is told; None said: in chunks."""
    seen = []

    def app(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        seen.append((len(environ["wsgi.input"].read()), environ["CONTENT_LENGTH"]))
        return []

    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "wsgi.input": BytesIO(body)}
    environ |= {"HTTP_TRANSFER_ENCODING": "chunked"} if said is None else {"CONTENT_LENGTH": str(said)}
    Turns(app, at_once=1, is_staff=is_staff)(environ, lambda *_: None)  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize("size", [0, 1, LARGEST_FROM_STRANGERS])
@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_form_is_received_whole_from_anybody(size: int, *, in_chunks: bool) -> None:
    assert received(STRANGER, bytes(size), said=None if in_chunks else size) == (size, str(size))


def test_a_larger_body_of_a_stranger_is_not_read_and_keeps_its_length() -> None:
    size = LARGEST_FROM_STRANGERS + 1
    assert received(STRANGER, bytes(size), said=size) == (0, str(size))


def test_a_larger_body_in_chunks_is_read_no_further_than_it_takes_to_refuse_it() -> None:
    read, told = received(STRANGER, bytes(10 * LARGEST_FROM_STRANGERS), said=None)
    assert (read, told) == (LARGEST_FROM_STRANGERS + 1, str(read))


@pytest.mark.parametrize("in_chunks", [False, True])
def test_who_is_signed_in_sends_files(*, in_chunks: bool) -> None:
    size = 3 * 1024 * 1024
    assert received(STAFF, bytes(size), said=None if in_chunks else size) == (size, str(size))


def test_nobody_sends_more_than_the_largest_upload() -> None:
    assert received(STAFF, b"", said=LARGEST_UPLOAD + 1) == (0, str(LARGEST_UPLOAD + 1))


def test_every_view_that_takes_files_takes_less(app: Any) -> None:
    bodies = [getattr(view, "largest_body", 0) for view in app.view_functions.values()]
    assert 0 < max(bodies) < LARGEST_UPLOAD


def test_who_sends_slowly_takes_no_turn() -> None:
    on_its_way = threading.Event()

    class Slow(BytesIO):
        def read(self, *size: Any) -> bytes:
            on_its_way.wait(10)
            return super().read(*size)

    def app(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        return [environ["wsgi.input"].read()]

    turns = Turns(app, at_once=1, is_staff=STRANGER)  # type: ignore[arg-type]
    slow = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "4", "wsgi.input": Slow(b"slow")}
    answers: list[Iterable[bytes]] = []
    sending = [
        threading.Thread(target=lambda: answers.append(turns(slow, lambda *_: None))) for _ in range(20)
    ]
    for each in sending:
        each.start()
    quick = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "5", "wsgi.input": BytesIO(b"quick")}
    assert turns(quick, lambda *_: None) == [b"quick"]  # type: ignore[arg-type]
    assert answers == []
    on_its_way.set()
    for each in sending:
        each.join()
    assert len(answers) == 20


def test_strangers_have_one_turn_and_leave_the_others_to_a_hall() -> None:
    """Ten who guess wait for one another; an attendee and staff need not wait for them."""
    inside, most = [0, 0], threading.Event()

    def app(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/login":
            inside[0] += 1
            inside[1] = max(inside)
            most.wait(10)
            inside[0] -= 1
        return [environ["PATH_INFO"].encode()]

    turns = Turns(app, at_once=4, is_staff=lambda environ: "staff" in environ)  # type: ignore[arg-type]
    guess = {"REQUEST_METHOD": "GET", "PATH_INFO": "/login"}
    guessing = [threading.Thread(target=turns, args=(dict(guess), lambda *_: None)) for _ in range(10)]
    for each in guessing:
        each.start()
    for path, staff in (("/s/token", {}), ("/healthz", {}), ("/activities", {"staff": ""})):
        environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": path, **staff}
        assert list(turns(environ, lambda *_: None)) == [path.encode()]  # type: ignore[arg-type]
    most.set()
    for each in guessing:
        each.join(10)
    assert inside == [0, 1]


def test_one_address_cannot_have_all_the_bodies_on_their_way() -> None:
    on_its_way, refused = threading.Event(), []

    class Slow(BytesIO):
        def read(self, *size: Any) -> bytes:
            on_its_way.wait(10)
            return super().read(*size)

    def app(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        return [environ["wsgi.input"].read()]

    turns = Turns(app, at_once=1, is_staff=STRANGER, from_one=3)  # type: ignore[arg-type]

    def post(address: str, body: BytesIO) -> list[bytes]:
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": "4",
            "wsgi.input": body,
            "REMOTE_ADDR": address,
        }
        return list(turns(environ, lambda status, _headers: refused.append(status)))  # type: ignore[arg-type]

    sending = [threading.Thread(target=post, args=("10.0.0.1", Slow(b"slow"))) for _ in range(3)]
    for each in sending:
        each.start()
    while turns._on_their_way["10.0.0.1"] < 3:
        threading.Event().wait(0.01)
    assert post("10.0.0.1", BytesIO(b"more")) == []
    assert refused == ["503 Service Unavailable"]
    assert post("10.0.0.2", BytesIO(b"more")) == [b"more"]
    on_its_way.set()
    for each in sending:
        each.join(10)
    assert post("10.0.0.1", BytesIO(b"more")) == [b"more"]
