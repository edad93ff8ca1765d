"""Changes since a figure was posted, record by record."""
