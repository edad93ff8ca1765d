"""Photos of activities: uploads, similarity, publishing."""
