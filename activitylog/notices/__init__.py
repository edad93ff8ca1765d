"""Notices to people and groups: collected from what happened, shown in the page, sent by mail and robots."""
