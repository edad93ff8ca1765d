"""The points of a project's table: defaults, those set by hand, and their sum."""
