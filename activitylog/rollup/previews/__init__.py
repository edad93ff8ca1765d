"""What an indicator's figure would be by a rule that is not stored."""
