"""The people who may sign in: invited, given roles and projects, disabled, and helped back in."""
