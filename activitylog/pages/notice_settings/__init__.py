"""Where a person's notices go, and tests of the office's ways of sending."""
