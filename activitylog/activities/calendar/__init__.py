"""A month of activities, and the calendar file phones subscribe to."""
