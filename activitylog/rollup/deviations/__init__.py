"""Deviations: explanations of figures that miss or exceed their targets; when required, and drafted."""
