"""The page of what differs from the audit trail: closed with a reason; and the check started by a button."""
