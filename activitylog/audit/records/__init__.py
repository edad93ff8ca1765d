"""The records of the audited tables compared with what the trail says each of them is."""
