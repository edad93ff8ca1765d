"""The home page of each role: today's activities, indicators behind, periods to close."""
