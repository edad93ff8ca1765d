"""Monthly plans, and targets adjusted in mid-year beside the declared ones."""
