"""Link an identity at a provider to an account, and unlink it."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, needs_recent_sign_in, public, signed_in_user
from activitylog.accounts.password_links.operations import link_of
from activitylog.accounts.providers import operations
from activitylog.accounts.providers.queries import own_identity
from activitylog.accounts.providers.routes import check_rate, depart, new_visit, provider_label, provider_of
from activitylog.accounts.providers.rules import Purpose
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.web.requests import works_first

blueprint = Blueprint("identities", __name__)


@blueprint.post("/me/identities/<provider>")
@needs(Permission.SIGN_IN)
@needs_recent_sign_in
@works_first
def link(provider: str) -> ResponseReturnValue:
    """Off to the provider, to link the person's identity there."""
    found, now = provider_of(provider), utc_now()
    return depart(found, new_visit(found, Purpose.LINK, now), now=now)


@blueprint.post("/me/identities/<int:identity_id>/unlink")
@needs(Permission.SIGN_IN)
def unlink(identity_id: int) -> ResponseReturnValue:
    """No longer sign in by one of the person's identities."""
    identity = own_identity(db.session(), signed_in_user().id, identity_id)
    label = provider_label(identity.provider)
    operations.unlink_identity(db.session(), identity, label=label)
    db.session.commit()
    flash(f"已取消关联，不能再用{label}登录。", "success")
    return redirect(url_for("account.me") + "#identities")


@blueprint.post("/password/<token>/with/<provider>")
@public
@works_first
def accept(token: str, provider: str) -> ResponseReturnValue:
    """Off to the provider, instead of choosing a password by a link."""
    check_rate()
    found, now = provider_of(provider), utc_now()
    link_of(db.session(), token, now=now)
    return depart(found, new_visit(found, Purpose.INVITATION, now, token=token), now=now)
