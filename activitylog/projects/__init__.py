"""Declared budget projects and their indicators."""
