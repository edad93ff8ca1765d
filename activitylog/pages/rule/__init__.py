"""The pages of rules: a project's, and one that is changed, with the figure it would give."""
