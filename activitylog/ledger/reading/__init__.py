"""Reads a ledger workbook: file, sheets, rows and cells, with every problem and its place."""
