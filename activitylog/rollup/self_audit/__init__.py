"""The self-audit: postings, actuals and closings recomputed and compared."""
