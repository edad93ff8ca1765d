"""Strings and requests of an attacker against the whole application: pages hold, and so does the server."""
