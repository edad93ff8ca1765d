"""The monthly letter: what changed, what is behind and what is to do, for each person with responsibility."""
