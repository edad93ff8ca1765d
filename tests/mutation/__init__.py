"""Whether the tests notice faults: each mutant is one fault put into a copy of the code on purpose."""
