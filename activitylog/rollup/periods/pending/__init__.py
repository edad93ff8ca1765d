"""What is still pending in the months that a closing would freeze."""
