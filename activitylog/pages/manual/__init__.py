"""Figures of manual indicators: listed, added, withdrawn, restored."""
