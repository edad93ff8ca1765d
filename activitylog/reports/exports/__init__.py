"""A project's actuals of a month as a workbook, kept with the revision it was exported from."""
