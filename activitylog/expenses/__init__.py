"""Expenses, planned and paid, in fen."""
