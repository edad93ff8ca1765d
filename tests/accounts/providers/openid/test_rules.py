"""What is read of claims and discovery documents, and errors in words."""

from typing import Any

import pytest

from activitylog.accounts.providers.openid.rules import (
    error_sentence,
    groups_of,
    name_of,
    usable_metadata,
)

ISSUER = "https://id.example/realms/office"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://id.example/auth",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://id.example/keys",
}


@pytest.mark.parametrize(
    ("claims", "path", "groups"),
    [
        ({"groups": ["a", "b", 7]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://id.example/groups": ["a"]}, "https://id.example/groups", {"a"}),
        ({"groups": {"a": 1}}, "groups", set()),
        ({"groups": None}, "groups", set()),
        ({"realm_access": "a"}, "realm_access.roles", set()),
        ({}, "groups", set()),
    ],
)
def test_groups_stand_in_a_claim_or_one_within(claims: dict[str, Any], path: str, groups: set[str]) -> None:
    assert groups_of(claims, path) == groups


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "王芳", "preferred_username": "wangfang"}, "王芳"),
        ({"name": " ", "preferred_username": "wangfang"}, "wangfang"),
        ({"name": 7, "nickname": "芳"}, "芳"),
        ({}, ""),
    ],
)
def test_a_person_is_called_as_people_write_it(claims: dict[str, Any], name: str) -> None:
    assert name_of(claims) == name


@pytest.mark.parametrize(
    ("change", "is_usable"),
    [
        ({}, True),
        ({"issuer": ISSUER + "/"}, True),
        ({"issuer": "https://id.example/realms/other"}, False),
        ({"token_endpoint": "http://id.example/token"}, False),
        ({"jwks_uri": None}, False),
        ({"authorization_endpoint": ["https://id.example/auth"]}, False),
        ({"end_session_endpoint": "javascript:alert(1)"}, False),
    ],
)
def test_a_discovery_document_is_of_the_issuer_and_safe(change: dict[str, Any], is_usable: bool) -> None:
    assert (usable_metadata(METADATA | change, ISSUER) is not None) is is_usable


@pytest.mark.parametrize("found", [None, [], "text", 7])
def test_what_is_no_document_is_none(found: Any) -> None:
    assert usable_metadata(found, ISSUER) is None


def test_an_unknown_error_is_repeated_when_it_is_a_code() -> None:
    assert "（consent_required）" in error_sentence("consent_required", "单位账号")
    assert "（未知）" in error_sentence("请打 12345", "单位账号")
