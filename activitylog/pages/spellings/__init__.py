"""Spellings that were stored as two words and are one: listed by a migration, merged by a person."""
