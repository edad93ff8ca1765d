"""Addresses for the script of an organizer's phone, and the page that opens without a network."""
