"""Password links: one-time addresses by which a person chooses a password, first or again."""
