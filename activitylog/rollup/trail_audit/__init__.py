"""The audit of the trail: its chain, seals and kept heads, and the records, answers and books beside it."""
