"""Survey results of an activity or a project, and their export."""
