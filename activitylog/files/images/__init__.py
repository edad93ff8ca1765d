"""Pictures: verified, turned upright, drawn anew without metadata."""
