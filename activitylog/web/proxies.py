"""The client's address and scheme behind trusted proxies, which name them in headers."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network: TypeAlias = IPv4Network | IPv6Network


class BehindProxies:
    """An application that takes the client's address and scheme from the proxies it trusts, and no other."""

    def __init__(self, app: "WSGIApplication", trusted: Sequence[Network]) -> None:
        self._app, self._trusted = app, trusted

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            self._take(environ)
        return self._app(environ, start_response)

    def _take(self, environ: "WSGIEnvironment") -> None:
        """The last address of the chain that is none of the proxies; what stands before it may be made up."""
        chain = [each.strip() for each in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        client = next((each for each in reversed(chain) if not self._is_trusted(each)), "")
        if _is_address(client):
            environ["REMOTE_ADDR"] = client
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[-1].strip().lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme

    def _is_trusted(self, text: str) -> bool:
        return _is_address(text) and any(ip_address(text) in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
