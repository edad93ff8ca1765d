"""Workbooks uploaded in the browser: checked, shown row by row, imported by a process of its own."""
