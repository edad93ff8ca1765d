"""Importing declarations by command or in the browser, and exporting them."""
