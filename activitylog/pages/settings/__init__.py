"""Pages of what an office sets: its name and address, its surveys, its closing day."""
