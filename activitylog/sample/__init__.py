"""A believable sample year, told through the operations people use, and its removal."""
