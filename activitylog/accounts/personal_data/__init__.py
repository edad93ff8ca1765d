"""What is stored about a person: given out to them, and erased when they have left."""
