"""Imports a ledger workbook: what its rows change, and writing it in bulk."""
