"""The months of a year: booked, closed, opened again, and who did it."""
