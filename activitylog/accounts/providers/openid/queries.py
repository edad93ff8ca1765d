"""Asks an OpenID Connect provider: its discovery document, its keys, tokens for a code, and who it is."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from requests import RequestException

from activitylog.accounts.providers.openid.rules import (
    LEEWAY_SECONDS,
    BadToken,
    ExpectedToken,
    error_sentence,
    groups_of,
    name_of,
    usable_metadata,
    verified_claims,
)
from activitylog.accounts.providers.rules import (
    LONGEST_CODE,
    TIMEOUT,
    VISIT_LASTS,
    ProvidedPerson,
    Purpose,
    Visit,
    is_administrator,
    role_of,
)
from activitylog.errors import Busy, Refused

METADATA_LASTS = timedelta(hours=1)
SCOPE = "openid profile"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class OpenIDProvider:
    """One provider and this application's registration with it; its metadata are remembered for an hour."""

    issuer: str
    client_id: str
    client_secret: str
    label: str
    groups_claim: str
    roles: tuple[tuple[str, str], ...]
    key: str = "oidc"
    _metadata: tuple[datetime, Mapping[str, Any]] | None = field(default=None, init=False)

    def address(self, visit: Visit, *, back: str, now: datetime) -> str:
        """Where the browser is sent to sign in; a person who proves who they are signs in anew there."""
        metadata = self.metadata(now=now)
        more = {"prompt": "login", "max_age": "0"} if visit.purpose is Purpose.PROVE else {}
        with self._client(metadata, back) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=visit.state,
                nonce=visit.nonce,
                code_verifier=visit.verifier,
                **more,
            )
        return str(url)

    def person(self, answer: Mapping[str, str], visit: Visit, *, back: str, now: datetime) -> ProvidedPerson:
        """Exchange the code for tokens and believe nothing but the verified ID token."""
        code = answer.get("code", "")
        if "error" in answer or not 0 < len(code) <= LONGEST_CODE:
            raise Refused(error_sentence(answer.get("error", ""), self.label))
        metadata = self.metadata(now=now)
        if answer.get("iss", metadata["issuer"]) != metadata["issuer"]:
            raise Refused(f"这个回答不是{self.label}给的，没有登录。请再点一次登录按钮。")
        with self._client(metadata, back) as client:
            token = self._token(client, metadata, code, visit)
            claims = self._claims(client, metadata, token, visit, now)
        groups = groups_of(claims, self.groups_claim)
        return ProvidedPerson(
            subject=claims["sub"],
            name=name_of(claims),
            role=role_of(groups, self.roles),
            administers_accounts=is_administrator(groups, self.roles),
            proven_at=self._proven_at(claims, visit),
        )

    def end_address(self, *, back: str, now: datetime) -> str | None:
        """The provider's end-session endpoint, with the address to come back to."""
        endpoint = self.metadata(now=now).get("end_session_endpoint")
        query = {"client_id": self.client_id, "post_logout_redirect_uri": back}
        return str(add_params_to_uri(endpoint, list(query.items()))) if endpoint else None

    def metadata(self, *, now: datetime) -> Mapping[str, Any]:
        """The provider's discovery document, asked for once in METADATA_LASTS."""
        if self._metadata is None or not timedelta(0) <= now - self._metadata[0] < METADATA_LASTS:
            address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            with self._client({}, "") as client:
                found = usable_metadata(self._json(client, address), self.issuer)
            if found is None:
                _log.error(
                    "the discovery document of %s is of another issuer or lacks endpoints", self.issuer
                )
                raise Refused(
                    f"{self.label}的说明（discovery）不能用，请系统管理员核对 ACTIVITYLOG_OIDC_ISSUER。"
                )
            self._metadata = now, found
        return self._metadata[1]

    def _client(self, metadata: Mapping[str, Any], back: str) -> OAuth2Session:
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Session(
            client_id=self.client_id,
            client_secret=self.client_secret or None,
            token_endpoint_auth_method=method if self.client_secret else "none",
            scope=self._scope(metadata),
            redirect_uri=back,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )

    def _scope(self, metadata: Mapping[str, Any]) -> str:
        """Name and, where they come by a scope of their own, groups."""
        offered = metadata.get("scopes_supported")
        is_offered = isinstance(offered, list) and self.groups_claim in offered
        return f"{SCOPE} {self.groups_claim}" if is_offered else SCOPE

    def _token(
        self, client: OAuth2Session, metadata: Mapping[str, Any], code: str, visit: Visit
    ) -> Mapping[str, Any]:
        try:
            token: Mapping[str, Any] = client.fetch_token(
                metadata["token_endpoint"], code=code, code_verifier=visit.verifier
            )
        except OAuthError as error:
            _log.warning("%s gave no token: %s", self.issuer, error)
            raise Refused(error_sentence(error.error or "", self.label)) from error
        except (RequestException, ValueError, TypeError) as error:
            raise self._is_away(error) from error
        return token

    def _claims(
        self,
        client: OAuth2Session,
        metadata: Mapping[str, Any],
        token: Mapping[str, Any],
        visit: Visit,
        now: datetime,
    ) -> Mapping[str, Any]:
        """The claims of the ID token; name and groups it lacks are asked for.

        The keys are asked for at each sign-in: one that the provider has withdrawn is believed no longer.
        """
        expected = ExpectedToken(
            metadata["issuer"], self.client_id, visit.nonce, str(token.get("access_token", ""))
        )
        keys = self._json(client, metadata["jwks_uri"])
        try:
            claims = verified_claims(token.get("id_token"), keys, expected, now=now)
        except BadToken as reason:
            _log.warning("an ID token of %s was refused: %s", self.issuer, reason)
            raise Refused(
                f"{self.label}给的登录凭据没有通过核对，没有登录。请再点一次登录按钮；若仍这样，请告诉系统管理员。"
            ) from reason
        is_complete = name_of(claims) and groups_of(claims, self.groups_claim)
        if is_complete or "userinfo_endpoint" not in metadata:
            return claims
        more = self._json(client, metadata["userinfo_endpoint"], withhold_token=False)
        is_same = isinstance(more, dict) and more.get("sub") == claims["sub"]
        return {**more, **claims} if is_same else claims

    def _proven_at(self, claims: Mapping[str, Any], visit: Visit) -> datetime | None:
        """When the person signed in there; refused when that was before they were sent to prove it."""
        moment = claims.get("auth_time")
        if isinstance(moment, int | float) and moment >= visit.began_at - LEEWAY_SECONDS:
            return datetime.fromtimestamp(min(moment, visit.began_at + VISIT_LASTS.total_seconds()), UTC)
        if visit.purpose is Purpose.PROVE:
            raise Refused(f"{self.label}没有重新核对您的身份，请再试一次，或用密码确认。")
        return None

    def _json(self, client: OAuth2Session, address: str, *, withhold_token: bool = True) -> Any:
        try:
            answer = client.get(address, withhold_token=withhold_token)
            answer.raise_for_status()
            return answer.json()
        except (RequestException, OAuthError, ValueError) as error:
            raise self._is_away(error) from error

    def _is_away(self, error: Exception) -> Busy:
        _log.warning("%s did not answer as it should: %s", self.issuer, error)
        return Busy(f"{self.label}现在连不上，请过几分钟再试，或用姓名和密码登录。")
