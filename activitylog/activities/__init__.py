"""Science-outreach activities, planned or held, and their venues."""
