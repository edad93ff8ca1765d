"""From facts to actuals: rules, measures, postings."""
