"""The pages of projects: money, goal, and one row per indicator."""
