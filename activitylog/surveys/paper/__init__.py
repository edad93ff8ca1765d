"""Paper tallies: counts typed in from paper forms."""
