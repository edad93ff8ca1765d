"""Exhibits lent to a host, made up for the tests."""
