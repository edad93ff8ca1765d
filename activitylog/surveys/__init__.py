"""What attendees answered, on screen and on paper."""
