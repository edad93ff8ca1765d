"""Makes malformed and unusual requests from a seed, as the bytes that go over the line."""

import json
from collections.abc import Sequence
from random import Random
from urllib.parse import quote, quote_from_bytes

METHODS = ("GET", "POST", "POST", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get")
TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    'multipart/form-data; boundary="b\x7f"',
    "application/json",
    "text/plain",
    "application/xml",
    "image/jpeg",
    "",
    "multipart/mixed; boundary=" + "b" * 200,
    "application/json; charset=no-such",
)
ENCODINGS = ("", "", "", "gzip", "identity", "br, gzip;q=0", "\xff")
IDS = ("0", "-1", "1", "2147483648", "9" * 30, "1e3", "%00", "0x1", "１", "1;2", "..", "NaN")
FIELDS = (
    "title",
    "held_on",
    "audience_onsite",
    "seen",
    "version",
    "reason",
    "name",
    "role",
    "projects",
    "step",
    "then",
    "one",
    "record",
    "next",
    "kept",
    "page",
    "year",
    "q",
    "file",
    "photos",
    "csrf_token",
    "nonce",
)
VALUES = ("", "1", "-1", "9" * 300, "1e999", "2024-13-45", "\u202e", "\x00", "{{1}}", "'--", "a\r\nb: c")
VALUES += ("长" * 300,)
GARBAGE = "abc.-_=%\"'\\{}<>é"
FILES = ("", '; filename="../../a\x00.jpg"', '; filename="')


class RequestMaker:
    """A stream of requests; the same seed makes the same."""

    def __init__(self, seed: int, addresses: Sequence[str], cookie: str, token: str) -> None:
        self._random, self._addresses = Random(seed), addresses
        self._cookie, self._token = cookie, token

    def request(self) -> bytes:
        choose = self._random
        method, body, kind = choose.choice(METHODS), self._body(), choose.choice(TYPES)
        lines = [f"{method} {self._target()} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
        if choose.random() < 0.8:
            lines += [f"Cookie: session={self._cookie}", f"X-CSRFToken: {self._token}"]
        if choose.random() < 0.2:
            lines.append(f"Cookie: session={self._garbage()}; remember_token={self._garbage()}")
        if kind:
            lines.append(f"Content-Type: {kind}")
        if encoding := choose.choice(ENCODINGS):
            lines.append(f"Accept-Encoding: {encoding}")
        lines += self._odd_headers()
        if body or method not in {"GET", "HEAD"}:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body

    def _target(self) -> str:
        choose = self._random
        parts = choose.choice(self._addresses).split("/")
        if choose.random() < 0.5 and len(parts) > 1:
            parts[choose.randrange(1, len(parts))] = choose.choice(
                (*IDS, quote(choose.choice(VALUES)), self._bad_utf8())
            )
        address = "/".join(parts) or "/"
        if choose.random() < 0.5:
            address += "?" + "&".join(self._pair() for _ in range(choose.randrange(1, 6)))
        return address

    def _pair(self) -> str:
        choose = self._random
        value = self._bad_utf8() if choose.random() < 0.2 else quote(choose.choice((*VALUES, *IDS)))
        return f"{choose.choice(FIELDS)}={value}"

    def _bad_utf8(self) -> str:
        return quote_from_bytes(self._random.randbytes(6))

    def _garbage(self) -> str:
        return "".join(
            self._random.choice("abc.-_=%\"'\\{}<>é") for _ in range(self._random.randrange(1, 80))
        )

    def _odd_headers(self) -> list[str]:
        odd = (
            "X-Forwarded-For: ::1, \x01",
            "Range: bytes=-5-9,abc",
            "If-None-Match: \"x\", W/'y'",
            "If-Modified-Since: gestern",
            "Accept: application/json",
            "Accept-Language: " + "zh;q=9," * 200,
            "Content-Encoding: gzip",
            "Upload-Offset: -1",
            "Upload-Offset: 99999999999999999999",
            "Referer: javascript:1",
            "Origin: null",
            "X-Requested-With: " + "x" * 3000,
            "Authorization: Basic =====",
            "User-Agent: \xff\xfe",
        )
        return self._random.sample(odd, self._random.randrange(0, 4))

    def _body(self) -> bytes:
        make = self._random.choice(
            (self._form, self._form, self._parts, self._parts, self._json, self._bytes, lambda: b"")
        )
        return make()

    def _form(self) -> bytes:
        pairs = "&".join(self._pair() for _ in range(self._random.randrange(1, 40)))
        return pairs.encode()

    def _parts(self) -> bytes:
        choose, parts = self._random, []
        for _ in range(choose.randrange(1, 6)):
            name, file = (
                choose.choice(FIELDS),
                choose.choice(("", '; filename="../../a\x00.jpg"', '; filename="')),
            )
            head = f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'
            end = choose.choice(("\r\n", "", "\r\nContent-Type: image/jpeg\r\n"))
            parts.append(
                (head + end + "\r\n").encode() + choose.randbytes(choose.randrange(0, 200)) + b"\r\n"
            )
        return b"".join(parts) + choose.choice((b"--b--\r\n", b"--b", b"", b"--c--"))

    def _json(self) -> bytes:
        depth = self._random.choice((1, 3, 5000))
        value = self._random.choice(({"a": [1, None, "\ud800"]}, 10**400, "x"))
        return b"[" * depth + json.dumps(value).encode() + b"]" * self._random.choice((depth, depth - 1))

    def _bytes(self) -> bytes:
        return self._random.randbytes(self._random.choice((1, 100, 5000)))
