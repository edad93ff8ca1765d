"""The page on which a qualitative indicator is graded."""
