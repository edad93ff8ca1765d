"""Keeps what an office sets by page: its name, logo and address, closing day and survey window."""
