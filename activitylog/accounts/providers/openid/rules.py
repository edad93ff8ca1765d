"""What a provider's answers must say: safe endpoints, a verified ID token, and errors in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from activitylog.accounts.providers.rules import LONGEST_SUBJECT

LEEWAY_SECONDS = 120  # between the provider's clock and ours
# Signatures that only the provider can make; HS256 has a key that is shared, the client's secret.
ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    *("EdDSA", "Ed25519"),
)
_ANSWERS = {
    "access_denied": "在{label}取消了登录，或那边不允许。可以再试一次，或用姓名和密码登录。",
    "login_required": "在{label}没有登录，请再点一次登录按钮。",
    "invalid_grant": "{label}给的登录凭据已经用过或过期，请再点一次登录按钮。",
    "temporarily_unavailable": "{label}正忙，请过几分钟再试，或用姓名和密码登录。",
    "server_error": "{label}那边出错了，请过几分钟再试，或用姓名和密码登录。",
    "invalid_client": "{label}不认识本系统。请系统管理员核对 ACTIVITYLOG_OIDC_CLIENT_ID 和 …_SECRET。",
    "unauthorized_client": "{label}没有准许本系统用它登录。请系统管理员核对那边的客户端设置。",
    "invalid_scope": "{label}没有准许本系统读姓名。请系统管理员在那边的客户端里加上 openid、profile。",
}


def error_sentence(error: str, label: str) -> str:
    """What went wrong at the provider; an unknown code is repeated for the administrator."""
    code = error if re.fullmatch("[A-Za-z0-9_.-]{1,40}", error) else "未知"
    return _ANSWERS.get(code, "在{label}没有登录成功（{code}），请把这个代码告诉系统管理员。").format(
        label=label, code=code
    )


def usable_metadata(metadata: Any, issuer: str) -> Mapping[str, Any] | None:
    """A discovery document that is of the issuer and names every endpoint; None for any other."""
    if not isinstance(metadata, dict) or str(metadata.get("issuer")).rstrip("/") != issuer.rstrip("/"):
        return None
    needed = [metadata.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    optional = [metadata.get(name) for name in ("userinfo_endpoint", "end_session_endpoint")]
    scheme = issuer.partition(":")[0]
    are_safe = all(isinstance(each, str) and each.startswith((f"{scheme}://", "https://")) for each in needed)
    is_rest_safe = all(
        each is None or (isinstance(each, str) and each.startswith((f"{scheme}://", "https://")))
        for each in optional
    )
    return metadata if are_safe and is_rest_safe else None


@dataclass(frozen=True, slots=True)
class ExpectedToken:
    """What an ID token must be for: the issuer's word to this client in answer to this visit."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str


class BadToken(Exception):
    """An ID token that must not be believed; the reason is for the log."""


def verified_claims(token: Any, keys: Any, expected: ExpectedToken, *, now: datetime) -> Mapping[str, Any]:
    """The claims of an ID token after its signature, issuer, audience, time and nonce were checked."""
    if not isinstance(token, str):
        raise BadToken("no ID token")
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": expected.nonce},
    }
    params = {
        "nonce": expected.nonce,
        "client_id": expected.client_id,
        "access_token": expected.access_token,
    }
    try:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        decoded = jwt.decode(token, KeySet.import_key_set(keys), registry=registry)
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        subject = claims["sub"]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadToken(f"{type(error).__name__}: {error}") from error
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise BadToken("no usable subject")
    return dict(claims)


def groups_of(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    """The groups in a claim, also one within others (realm_access.roles); one alone may be plain text."""
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, str):
        value = [value]
    return (
        frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
    )


def name_of(claims: Mapping[str, Any]) -> str:
    """What the person is called, as people write it; empty where no claim says."""
    found = (claims.get(claim) for claim in ("name", "nickname", "preferred_username"))
    return next((each for each in found if isinstance(each, str) and each.strip()), "")
