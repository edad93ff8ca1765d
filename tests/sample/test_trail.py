"""The audit trail of a whole year, and what it must not contain."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.audit.chain import VerifiedChain, verify
from activitylog.surveys.models import AnsweredDevice, Response
from tests.factories.trail import entries


def test_a_years_trail_is_whole(sample: Session) -> None:
    assert isinstance(verify(sample), VerifiedChain)


def test_every_record_of_the_year_is_recorded(sample: Session) -> None:
    told = {entry.object_id for entry in entries(sample, "activity")}
    assert told >= set(sample.scalars(select(Activity.id)))


def test_no_secret_and_no_answer_is_ever_recorded(sample: Session) -> None:
    everything = "\n".join(
        f"{entry.who} {entry.origin} {entry.object_name} {entry.before} {entry.after}"
        for entry in entries(sample)
    )
    secrets = [
        *sample.scalars(select(User.password_hash)),
        *sample.scalars(select(Activity.survey_token)),
        *sample.scalars(select(Activity.host_token)),
        *sample.scalars(select(Activity.nonce).where(Activity.nonce.is_not(None))),
        *sample.scalars(select(Response.nonce).limit(500)),
        *sample.scalars(select(AnsweredDevice.device_hash).limit(500)),
    ]
    assert len(secrets) > 1000
    assert [secret for secret in secrets if len(secret) > 1 and secret in everything] == []
    assert "argon2" not in everything
    assert {entry.object_type for entry in entries(sample)}.isdisjoint({"response", "answered_device"})
