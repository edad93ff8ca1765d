"""Pasted links of pushes and media reports, read, checked and recorded on an activity."""
