"""Compares everything with the audit trail, and stores what differs until a person closes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import SignIn
from activitylog.accounts.sign_ins.queries import unrecorded_sign_ins
from activitylog.audit.capture import store_changes
from activitylog.audit.chain import BrokenChain, VerifiedChain, verify
from activitylog.audit.changes import Change
from activitylog.audit.discrepancies.models import Discrepancy
from activitylog.audit.discrepancies.operations import store_discrepancies
from activitylog.audit.discrepancies.queries import count_open, last_closed_at
from activitylog.audit.discrepancies.rules import FoundDiscrepancy, Sort
from activitylog.audit.heads.queries import kept_heads
from activitylog.audit.heads.rules import HeadCheck, TrailHead
from activitylog.audit.models import CHECKED
from activitylog.audit.records.operations import record_discrepancies
from activitylog.core.period import shanghai_text
from activitylog.rollup.self_audit.operations import run_self_audit
from activitylog.rollup.self_audit.rules import book_discrepancies
from activitylog.surveys.answer_seals.queries import answer_discrepancies


@dataclass(frozen=True, slots=True)
class TrailAudit:
    """What an audit of the trail found; `chain` is the trail itself."""

    chain: VerifiedChain | BrokenChain
    found: Sequence[FoundDiscrepancy]


def audit_trail(
    session: Session, data_dir: Path, *, now: datetime, on_paper: TrailHead | None = None
) -> TrailAudit:
    """Read and compare everything; writes nothing. The session sees one state of the database throughout."""
    kept = HeadCheck(kept_heads(data_dir, since=last_closed_at(session, Sort.HEAD)))
    paper = HeadCheck([on_paper] if on_paper else [])

    def note(number: int, hash_: str, seal: str) -> None:
        kept.note(number, hash_, seal)
        paper.note(number, hash_, seal)

    closed = _closed_breaks(session)
    chain = verify(session, note=note, is_accepted=lambda broken: _break(broken).key in closed)
    is_whole = isinstance(chain, VerifiedChain)
    found = [_break(chain)] if isinstance(chain, BrokenChain) else list(_foreign_seals(chain))
    for heads in (kept, paper):
        for key, sentence in heads.problems(is_whole=is_whole):
            found.append(FoundDiscrepancy(Sort.HEAD, key, "", sentence))
    found += record_discrepancies(session)
    found += map(_sign_in_discrepancy, unrecorded_sign_ins(session))
    found += answer_discrepancies(session)
    found += book_discrepancies(run_self_audit(session, now))
    return TrailAudit(chain, found)


def store_audit(session: Session, audit: TrailAudit, *, now: datetime) -> list[Discrepancy]:
    """Store what was found, and an entry that says so; returns what was never found before."""
    new = store_discrepancies(session, audit.found, now=now)
    result: dict[str, object] = {"new": len(new), "open": count_open(session)}
    if isinstance(audit.chain, VerifiedChain):
        result = {"last": audit.chain.last, "hash": audit.chain.hash} | result
    store_changes(session, [Change("trail", None, "审计记录", CHECKED.rpartition(".")[2], after=result)])
    return new


def _closed_breaks(session: Session) -> set[str]:
    closed = select(Discrepancy.key).where(Discrepancy.sort == Sort.CHAIN, Discrepancy.closed_at.is_not(None))
    return set(session.scalars(closed))


def _break(broken: BrokenChain) -> FoundDiscrepancy:
    return FoundDiscrepancy(Sort.CHAIN, str(broken.number), broken.hash, broken.sentence)


def _sign_in_discrepancy(found: SignIn) -> FoundDiscrepancy:
    return FoundDiscrepancy(
        Sort.RECORD,
        f"sign_in {found.id}",
        f"{found.user_id} {found.key_hash}",
        f"用户“{found.user.name}”自 {shanghai_text(found.began_at)} 起的登录（{found.id} 号）"
        "没有登记它的审计记录，或者换过人、换过密钥；没有人在系统里这样登录过。",
        user_id=found.user_id,
    )


def _foreign_seals(chain: VerifiedChain) -> Iterator[FoundDiscrepancy]:
    for first, last in chain.foreign:
        yield FoundDiscrepancy(
            Sort.CHAIN,
            f"foreign {first}",
            "",
            f"审计记录从第 {first} 条起（到第 {last} 条）是用另一把密钥封印的，或者是用已经换下的，无法核对。"
            "如果换过密钥，请把旧的接在 ACTIVITYLOG_TRAIL_KEY 后面；如果没有换过，这些记录不是本系统写的。",
        )
