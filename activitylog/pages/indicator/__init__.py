"""The page of one indicator: its figure and exactly the records behind it."""
