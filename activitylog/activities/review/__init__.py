"""Review of activities and their quality check."""
