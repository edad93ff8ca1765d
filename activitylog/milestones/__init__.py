"""Dated undertakings: rules in force, courtyards built, steps done."""
