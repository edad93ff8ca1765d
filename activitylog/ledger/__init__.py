"""The ledger workbook: one Excel file in which a year's records come in and go out."""
