"""Seals of answers: their number and digest by activity, as entries of the sealed audit trail."""
