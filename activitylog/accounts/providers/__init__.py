"""Signing in at providers the office has: who a user is there, and which role its groups give."""
