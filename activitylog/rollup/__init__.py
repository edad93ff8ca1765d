"""The roll-up: from facts to postings and actuals, month by month, and what is read from them."""
