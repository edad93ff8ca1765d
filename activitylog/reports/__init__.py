"""Charts and exported workbooks of actuals and their postings."""
