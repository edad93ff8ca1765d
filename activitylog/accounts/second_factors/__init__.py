"""The second factor of a person: an authenticator app's codes, and recovery codes for who lost it."""
