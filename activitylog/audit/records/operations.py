"""Words what the comparison of records found, and takes over what stood before the trail was sealed."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.capture import store_changes
from activitylog.audit.changes import Change
from activitylog.audit.discrepancies.rules import FoundDiscrepancy, Sort
from activitylog.audit.models import AuditEntry
from activitylog.audit.records.queries import RecordDifference, record_differences
from activitylog.audit.records.rules import BASELINE, value_text

MOST_NAMED = 200  # records of one kind; the others are counted
_BASELINED = f"trail.{BASELINE}"


def record_discrepancies(session: Session) -> Iterator[FoundDiscrepancy]:
    """What differs, record by record; beyond MOST_NAMED of a kind only how many more."""
    counts: Counter[str] = Counter()
    labels = {}
    for each in record_differences(session):
        counts[each.spec.kind] += 1
        labels[each.spec.kind] = each.spec.label
        if counts[each.spec.kind] <= MOST_NAMED:
            yield _discrepancy(each)
    for kind, count in counts.items():
        if count > MOST_NAMED:
            more = count - MOST_NAMED
            sentence = f"另有 {more:,} 条“{labels[kind]}”与审计记录不符，没有逐条列出。"
            yield FoundDiscrepancy(Sort.RECORD, f"{kind} others", str(count), sentence)


def _discrepancy(found: RecordDifference) -> FoundDiscrepancy:
    thing = f"{found.spec.label}“{found.name}”"
    if not found.after:
        sentence = f"{thing}不见了，审计记录里没有删除它。"
    elif not found.before:
        sentence = f"{thing}没有登记它的审计记录，不是在本系统里登记的。"
    else:
        fields = "；".join(_field_text(found, name) for name in found.after)
        sentence = f"{thing}的{fields}；没有人在系统里这样改过。"
    user_id = {"user": found.object_id, "membership": found.object_id >> 32}.get(found.spec.kind)
    return FoundDiscrepancy(
        Sort.RECORD,
        f"{found.spec.kind} {found.object_id}",
        repr((sorted(found.before.items()), sorted(found.after.items()))),
        sentence,
        project_id=found.project_id,
        user_id=user_id,
    )


def _field_text(found: RecordDifference, name: str) -> str:
    if name in found.spec.secrets:
        return f"“{found.spec.secrets[name].label}”不是审计记录里最后设的那个"
    field = next(each for own, each in found.spec.fields.items() if found.spec.entry_name(own) == name)
    now, recorded = (value_text(side.get(name), field.value_text) for side in (found.after, found.before))
    return f"“{field.label}”现在是 {now}，审计记录里是 {recorded}"


def needs_baseline(session: Session) -> bool:
    """Whether entries were written before the trail was sealed, and the records of then are not taken over.

    What was changed before the seal nobody can prove; from then on the records are as they were found.
    """
    first = session.scalar(select(AuditEntry.seal).order_by(AuditEntry.id).limit(1))
    if first is None or first:
        return False
    taken = select(AuditEntry.id).where(AuditEntry.object_type == "trail", AuditEntry.action == _BASELINED)
    return session.scalar(taken.limit(1)) is None


def take_over_records(session: Session) -> int:
    """Write an entry for each record that differs, so that the trail says from now on what it is."""
    changes = [
        Change(
            each.spec.kind,
            each.object_id,
            each.name,
            BASELINE,
            each.before,
            each.after,
            each.project_id,
            each.activity_id,
            each.is_sample,
        )
        for each in record_differences(session)
    ]
    done = Change("trail", None, "封印以前的记录", BASELINE, after={"records": len(changes)})
    store_changes(session, [*changes, done])
    return len(changes)
