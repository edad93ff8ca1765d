"""The books of a project's month as a workbook, kept with the revision it was exported from."""
