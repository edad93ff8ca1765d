"""The signed-in person's own page."""
