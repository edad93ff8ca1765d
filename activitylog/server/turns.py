"""Lets a few requests at once into the application, each once its body is here whole.

A request whose body is still on its way waits in a thread of its own, which takes no interpreter and about
90 KB; it takes no turn and no lock, however long it is sent. So slow phones cost nobody else anything, and a
thousand half-sent bodies no more than their threads. One address holds no more than half of these threads.

Who is not signed in and answers no survey, as who guesses passwords, takes the one turn for strangers first:
however many they are, they have one of the turns, and a hall that answers has the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from io import SEEK_END, BytesIO
from tempfile import TemporaryFile
from threading import BoundedSemaphore, Lock
from typing import IO, TYPE_CHECKING, TypeAlias

from activitylog.web.requests import LARGEST_FROM_STRANGERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IsStaff: TypeAlias = Callable[["WSGIEnvironment"], bool]
LARGEST_UPLOAD = 80 * 1024 * 1024  # bytes; every view that takes files takes less
PIECE = 256 * 1024  # bytes read at once
FREE_OF_STRANGERS = ("/s/", "/healthz")  # the attendees, and who asks whether the service lives
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class Turns:
    """An application behind its turns.

    `is_staff` says who takes no stranger's turn, and whose larger bodies are received at all. `from_one` is
    how many bodies of one address may be on their way; 0 is no limit, where all come from one proxy.
    """

    def __init__(self, app: "WSGIApplication", *, at_once: int, is_staff: IsStaff, from_one: int = 0) -> None:
        self._app, self._is_staff, self._from_one = app, is_staff, from_one
        self._turns, self._strangers = BoundedSemaphore(at_once), BoundedSemaphore(1)
        self._on_their_way, self._counting = Counter[str](), Lock()  # bodies, by address

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in _WITHOUT_BODY:
            return self._answer(environ, start_response)
        address = environ.get("REMOTE_ADDR", "")
        if not self._may_send(address):
            start_response("503 Service Unavailable", [("Retry-After", "5"), ("Connection", "close")])
            return []
        try:
            body = self._received(environ)
        finally:
            with self._counting:
                self._on_their_way[address] -= 1
                if not self._on_their_way[address]:
                    del self._on_their_way[address]
        with body:
            return self._answer(environ, start_response)

    def _may_send(self, address: str) -> bool:
        """Count one more body of the address as on its way, unless there are too many."""
        with self._counting:
            if self._from_one and self._on_their_way[address] >= self._from_one:
                return False
            self._on_their_way[address] += 1
            return True

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        is_free = path.startswith(FREE_OF_STRANGERS) or self._is_staff(environ)
        with nullcontext() if is_free else self._strangers, self._turns:
            return self._app(environ, start_response)

    def _received(self, environ: "WSGIEnvironment") -> IO[bytes]:
        """Put the whole body in the place of one on its way.

        What is too large for who sends it is left unread, with its length: the application refuses it.
        """
        length, stream = _length(environ), environ["wsgi.input"]
        if length is not None and length > self._most(environ, length):
            environ["wsgi.input"] = nothing = BytesIO()
            return nothing
        body: IO[bytes] = BytesIO(stream.read(LARGEST_FROM_STRANGERS + 1))
        size = body.seek(0, SEEK_END)
        if size > LARGEST_FROM_STRANGERS:
            body, size = _long_body(body, stream, self._most(environ, size))
        body.seek(0)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = body, str(size)
        return body

    def _most(self, environ: "WSGIEnvironment", size: int) -> int:
        """How many bytes the sender may send; who is signed in is asked for larger bodies only."""
        is_larger = size > LARGEST_FROM_STRANGERS
        return LARGEST_UPLOAD if is_larger and self._is_staff(environ) else LARGEST_FROM_STRANGERS


def _length(environ: "WSGIEnvironment") -> int | None:
    """What the request says of itself; None for one sent in chunks."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _long_body(begun: IO[bytes], stream: IO[bytes], most: int) -> tuple[IO[bytes], int]:
    """The body in a temporary file, with its size; of one beyond `most` only a little more is read."""
    body = TemporaryFile()  # noqa: SIM115  (closed with the last reference)
    begun.seek(0)
    piece, size = begun.read(), 0
    while piece:
        body.write(piece)
        size += len(piece)
        piece = stream.read(PIECE) if size <= most else b""
    return body, size
