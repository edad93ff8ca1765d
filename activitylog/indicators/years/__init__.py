"""Keeps what holds for all indicators of a year: whether figures are rounded before they are
compared, and what counts as satisfaction."""
