"""The survey of the host site: evidence for judgements."""
