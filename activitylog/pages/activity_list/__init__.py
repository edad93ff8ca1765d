"""The list of activities, and their calendar of a month."""
