"""A person's own second factor: turned on, given new recovery codes, turned off."""
