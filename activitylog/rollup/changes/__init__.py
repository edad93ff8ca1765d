"""What a printed figure was made of and what has become of it since, record by record."""
