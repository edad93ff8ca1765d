"""What the next roll-up will say: a figure by a rule not stored yet, the months an activity will count in."""
