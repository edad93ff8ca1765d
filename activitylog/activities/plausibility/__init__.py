"""Plausibility: heads that look like a slip, and who confirmed them."""
