"""Turns a declaration file of any kind into rows of cells with their places."""
