"""Indicators and how they are counted: measures, sources, rules, targets, weights, judgements."""
