"""The audit trail: every write as an entry, in the writing transaction, chained and append-only."""
