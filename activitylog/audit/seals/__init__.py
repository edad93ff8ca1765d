"""The seals of the audit trail: what only the holder of a key outside the database can make."""
