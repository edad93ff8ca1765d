"""One box that finds activities, projects, indicators, venues, published articles and people."""
