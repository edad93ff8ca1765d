"""The page that says what each person does daily, monthly and at the year's end, and where."""
