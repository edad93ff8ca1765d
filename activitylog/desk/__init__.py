"""Pages that join several features: the activity form with its publicity, the activity page, home."""
