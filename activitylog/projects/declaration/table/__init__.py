"""Reads the rows of an indicator table: columns, levels and targets, and what is wrong with a row."""
