"""Single answers: flags, exclusions and free text."""
