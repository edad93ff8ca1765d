"""Reasons for figures away from their targets: when one is required, and a draft from the records."""
