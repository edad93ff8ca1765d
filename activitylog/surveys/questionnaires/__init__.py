"""Questionnaires: questions, versions, drafts."""
