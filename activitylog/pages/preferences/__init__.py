"""Display preferences: large type, light or dark."""
