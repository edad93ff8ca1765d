"""What a project promised and how it is counted: measures, rules, targets, weights, judgements."""
