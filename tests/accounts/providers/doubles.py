"""Providers on this machine: a real one from a package, an OpenID provider that can lie, WeCom's answers."""

import base64
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.servers import answers, eventually, free_port


@contextmanager
def serving(answer: Callable[[Request], Response]) -> Iterator[str]:
    """The address of a server that answers so."""
    server = make_server("127.0.0.1", 0, Request.application(answer), threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def packaged_provider() -> Iterator[str]:
    """The address of a real provider from a package; its imports warn, so it is a process of its own."""
    port = free_port()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://localhost:{port}"
        try:
            assert eventually(lambda: answers(f"{address}/.well-known/openid-configuration"))
            yield address
        finally:
            process.terminate()


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def as_json(found: Any, status: int = 200) -> Response:
    return Response(json.dumps(found), status, mimetype="application/json")


OLD_KEY, NEW_KEY = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("old", "new"))


@dataclass
class OpenIDDouble:
    """An OpenID provider; `claims` are added to its ID tokens, true or not."""

    url: str = ""
    client_id: str = "activitylog"
    client_secret: str = "secret of the client"
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    signing: RSAKey = field(default_factory=lambda: OLD_KEY)
    published: list[RSAKey] = field(default_factory=lambda: [OLD_KEY])
    spoil: Callable[[str], str] = lambda token: token
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def code_for(self, address: str, subject: str, **claims: Any) -> dict[str, str]:
        """What the browser brings back after somebody signed in at the address."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = query_of(address) | {"sub": subject}
        self.claims = claims
        return {"code": code, "state": self.codes[code]["state"]}

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.path)
        return getattr(
            self,
            {"/.well-known/openid-configuration": "_discovery"}.get(
                request.path, request.path.replace("/", "_")
            ),
        )(request)

    def _discovery(self, _request: Request) -> Response:
        endpoints = {
            f"{name}_endpoint": f"{self.url}/{name}"
            for name in ("authorization", "token", "userinfo", "end_session")
        }
        return as_json({"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **endpoints, **self.metadata})

    def _jwks(self, _request: Request) -> Response:
        return as_json({"keys": [key.as_dict(private=False) for key in self.published]})

    def _userinfo(self, _request: Request) -> Response:
        return as_json(self.userinfo)

    def _token(self, request: Request) -> Response:
        asked = self.codes.pop(request.form["code"], None)
        verifier = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        auth = request.authorization
        if auth is None or (auth.username, auth.password) != (self.client_id, self.client_secret):
            return as_json({"error": "invalid_client"}, 401)
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != request.form["redirect_uri"]
        ):
            return as_json({"error": "invalid_grant"}, 400)
        return as_json({"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def _id_token(self, asked: Mapping[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.client_id, "sub": asked["sub"], "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300} | self.claims
        return self.spoil(jwt.encode({"alg": "RS256", "kid": self.signing.kid}, claims, self.signing))


@dataclass
class WeComDouble:
    """WeCom's API as documented: token, member of a code, members, tags; `errors` by path come first."""

    secret: str = "secret of the agent"
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, list[int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: int = 0
    url: str = ""

    def __call__(self, request: Request) -> Response:
        path, query = request.path.removeprefix("/cgi-bin/"), request.args
        self.asked.append(path)
        if self.errors.get(path):
            code = self.errors[path].pop(0)
            return as_json({"errcode": code, "errmsg": f"error {code}, hint: [1]"})
        if path == "gettoken":
            return self._give_token(query)
        if query["access_token"] != f"token-{self.tokens}":
            return as_json({"errcode": 40014, "errmsg": "invalid access_token"})
        found = {
            "auth/getuserinfo": lambda: self.codes.pop(
                query["code"], {"errcode": 40029, "errmsg": "invalid code"}
            ),
            "user/get": lambda: self.members.get(
                query["userid"], {"errcode": 60111, "errmsg": "userid not found"}
            ),
            "tag/get": lambda: self.tags.get(query["tagid"], {"errcode": 40068, "errmsg": "invalid tagid"}),
        }[path]()
        return as_json({"errcode": 0, "errmsg": "ok", **found})

    def _give_token(self, query: Mapping[str, str]) -> Response:
        if query["corpsecret"] != self.secret:
            return as_json({"errcode": 40001, "errmsg": "invalid credential"})
        self.tokens += 1
        token = {"access_token": f"token-{self.tokens}", "expires_in": 7200}
        return as_json({"errcode": 0, "errmsg": "ok", **token})
