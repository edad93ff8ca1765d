"""Bodies are received whole before a turn is taken, and turns are few."""

import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import pytest

from activitylog.server.bodies import BodiesOnTheirWay
from activitylog.server.turns import LARGEST_UPLOAD, Turns
from activitylog.web.requests import LARGEST_FROM_STRANGERS

STRANGER: Callable[[Any], bool] = lambda _environ: False  # noqa: E731
STAFF: Callable[[Any], bool] = lambda _environ: True  # noqa: E731


def received(is_staff: Callable[[Any], bool], body: bytes, *, said: int) -> tuple[int, str]:
    """How much of the body the application can read, and the length it is told."""
    seen = []

    def app(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        seen.append((len(environ["wsgi.input"].read()), environ["CONTENT_LENGTH"]))
        return []

    turns_before(app, is_staff)(sent(BytesIO(body), CONTENT_LENGTH=str(said)), lambda *_: None)  # type: ignore[arg-type]
    return seen[0]


def sent(body: BytesIO, **said: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "POST", "wsgi.input": body, **said}


def turns_before(
    app: Callable[..., Iterable[bytes]], is_staff: Callable[[Any], bool] = STRANGER, *, at_once: int = 1
) -> Turns:
    return Turns(app, at_once=at_once, is_staff=is_staff, bodies=BodiesOnTheirWay(from_one=0))


@pytest.mark.parametrize("size", [0, 1, LARGEST_FROM_STRANGERS])
def test_a_form_is_received_whole_from_anybody(size: int) -> None:
    assert received(STRANGER, bytes(size), said=size) == (size, str(size))


def test_a_larger_body_of_a_stranger_is_not_read_and_keeps_its_length() -> None:
    size = LARGEST_FROM_STRANGERS + 1
    assert received(STRANGER, bytes(size), said=size) == (0, str(size))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"CONTENT_LENGTH": "5"}, "400 Bad Request"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, "411 Length Required"),
    ],
)
def test_a_body_that_may_have_been_cut_off_is_not_handed_on(said: dict[str, str], status: str) -> None:
    def app(*_: object) -> Iterable[bytes]:
        raise AssertionError("a part of a form was taken for a form")

    statuses: list[str] = []
    turns_before(app)(sent(BytesIO(b"half"), **said), lambda status, _: statuses.append(status))  # type: ignore[arg-type]
    assert statuses == [status]


def test_who_is_signed_in_sends_files() -> None:
    size = 3 * 1024 * 1024
    assert received(STAFF, bytes(size), said=size) == (size, str(size))


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

    turns = turns_before(app)
    answers: list[Iterable[bytes]] = []

    def send_slowly() -> None:
        answers.append(turns(sent(Slow(b"slow"), CONTENT_LENGTH="4"), lambda *_: None))  # type: ignore[arg-type]

    sending = [threading.Thread(target=send_slowly) for _ in range(20)]
    for each in sending:
        each.start()
    quick = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "5", "wsgi.input": BytesIO(b"quick")}
    assert turns(quick, lambda *_: None) == [b"quick"]  # type: ignore[arg-type]
    assert answers == []
    on_its_way.set()
    for each in sending:
        each.join()
    assert answers == [[b"slow"]] * 20


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

    turns = turns_before(app, lambda environ: "staff" in environ, at_once=4)
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
    on_its_way, has_begun, refused = threading.Event(), threading.Semaphore(0), []

    class Slow(BytesIO):
        def read(self, *size: Any) -> bytes:
            has_begun.release()
            on_its_way.wait(10)
            return super().read(*size)

    def app(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        return [environ["wsgi.input"].read()]

    turns = Turns(app, at_once=1, is_staff=STRANGER, bodies=BodiesOnTheirWay(from_one=3))

    def post(address: str, body: BytesIO) -> list[bytes]:
        environ = sent(body, CONTENT_LENGTH="4", REMOTE_ADDR=address)
        return list(turns(environ, lambda status, _headers: refused.append(status)))  # type: ignore[arg-type]

    sending = [threading.Thread(target=post, args=("10.0.0.1", Slow(b"slow"))) for _ in range(3)]
    for each in sending:
        each.start()
        assert has_begun.acquire(timeout=10)
    assert post("10.0.0.1", BytesIO(b"more")) == []
    assert refused == ["503 Service Unavailable"]
    assert post("10.0.0.2", BytesIO(b"more")) == [b"more"]
    on_its_way.set()
    for each in sending:
        each.join(10)
    assert post("10.0.0.1", BytesIO(b"more")) == [b"more"]
