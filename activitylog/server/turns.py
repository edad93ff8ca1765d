"""Lets a few requests at once into the application, each once its body is here whole.

A request whose body is still on its way waits in a thread of its own, which takes no interpreter and about
60 KB; it takes no turn and no lock, however long it is sent. So slow phones cost nobody else anything, and a
thousand half-sent bodies no more than their threads, until `bodies` ends them. What was cut off is no body.

Who is not signed in and answers no survey, as who guesses passwords, takes the one turn for strangers first:
however many they are, they have one of the turns, and a hall that answers has the rest.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from io import BytesIO
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING, TypeAlias

from activitylog.server.bodies import BodiesOnTheirWay
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

    `is_staff` says who takes no stranger's turn, and whose larger bodies are received at all.
    """

    def __init__(
        self, app: "WSGIApplication", *, at_once: int, is_staff: IsStaff, bodies: BodiesOnTheirWay
    ) -> None:
        self._app, self._is_staff, self._bodies = app, is_staff, bodies
        self._turns, self._strangers = BoundedSemaphore(at_once), BoundedSemaphore(1)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in _WITHOUT_BODY:
            return self._answer(environ, start_response)
        if environ.get("HTTP_TRANSFER_ENCODING"):  # one cut off would look like a whole one
            return _refused(start_response, "411 Length Required")
        with self._bodies.one_more(environ.get("REMOTE_ADDR", "")) as may_send:
            if not may_send:
                return _refused(start_response, "503 Service Unavailable", ("Retry-After", "5"))
            body = self._received(environ)
        if body is None:
            return _refused(start_response, "400 Bad Request")
        with body:
            return self._answer(environ, start_response)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        is_free = path.startswith(FREE_OF_STRANGERS) or self._is_staff(environ)
        with nullcontext() if is_free else self._strangers, self._turns:
            return self._app(environ, start_response)

    def _received(self, environ: "WSGIEnvironment") -> IO[bytes] | None:
        """Put the whole body in the place of one on its way; None if the connection ended before it was.

        What is too large for who sends it is left unread, with its length: the application refuses it.
        """
        length, stream = _length(environ), environ["wsgi.input"]
        body: IO[bytes] = BytesIO()
        if length > self._most(environ, length):
            environ["wsgi.input"] = body
            return body
        if length > LARGEST_FROM_STRANGERS:
            body = TemporaryFile()  # noqa: SIM115  (closed with the last reference)
        while body.tell() < length and (piece := stream.read(min(PIECE, length - body.tell()))):
            body.write(piece)
        if body.tell() < length:
            body.close()
            return None
        body.seek(0)
        environ["wsgi.input"] = body
        return body

    def _most(self, environ: "WSGIEnvironment", size: int) -> int:
        """How many bytes the sender may send; who is signed in is asked for larger bodies only."""
        is_larger = size > LARGEST_FROM_STRANGERS
        return LARGEST_UPLOAD if is_larger and self._is_staff(environ) else LARGEST_FROM_STRANGERS


def _refused(start_response: "StartResponse", status: str, *headers: tuple[str, str]) -> Iterable[bytes]:
    start_response(status, [*headers, ("Connection", "close")])
    return []


def _length(environ: "WSGIEnvironment") -> int:
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
