"""A kind of record made up for the tests: its files, and an office that uses it."""
