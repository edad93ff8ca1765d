"""The weights of a project's 自评表: defaults, those set by hand, and their sum."""
