"""Linking identities at providers to accounts, by the person signed in or by an invitation."""
