"""Reads which providers the office has, who is known at one, and forms that wait for their sender."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Identity, WaitingForm
from activitylog.accounts.providers.openid.queries import OpenIDProvider
from activitylog.accounts.providers.rules import Provider
from activitylog.accounts.providers.wecom.queries import WeCom
from activitylog.accounts.sign_ins.queries import key_digest
from activitylog.errors import Missing
from activitylog.settings import Settings


def providers_of(settings: Settings) -> list[Provider]:
    """The providers of the settings."""
    found: list[Provider] = []
    if settings.oidc_issuer:
        found.append(
            OpenIDProvider(
                issuer=settings.oidc_issuer,
                client_id=settings.oidc_client_id,
                client_secret=settings.oidc_client_secret,
                label=settings.oidc_name,
                groups_claim=settings.oidc_groups_claim,
                roles=settings.oidc_roles,
            )
        )
    if settings.wecom_corp_id:
        found.append(
            WeCom(
                corp_id=settings.wecom_corp_id,
                agent_id=settings.wecom_agent_id,
                secret=settings.wecom_secret,
                roles=settings.wecom_roles,
                url=settings.wecom_url,
            )
        )
    return found


def identity_at(session: Session, provider: str, subject: str, *, lock: bool = False) -> Identity | None:
    """The identity of the person so called at the provider; None for somebody new."""
    found = select(Identity).where(Identity.provider == provider, Identity.subject == subject)
    identity: Identity | None = session.scalar(found.with_for_update() if lock else found)
    return identity


def own_identity(session: Session, user_id: int, identity_id: int) -> Identity:
    """One of the person's own identities; Missing for any other."""
    found = session.get(Identity, identity_id)
    if found is None or found.user_id != user_id:
        raise Missing("没有这个登录方式，它可能已经取消关联；请回到“我的”看看。")
    return found


def waiting_form(session: Session, key: str, *, now: datetime) -> WaitingForm | None:
    """The form kept under the key; None when it was given up, or there was none."""
    found = select(WaitingForm).where(WaitingForm.key_hash == key_digest(key), WaitingForm.expires_at > now)
    form: WaitingForm | None = session.scalar(found)
    return form
