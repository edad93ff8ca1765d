"""The page of one month and the register of a year: roll up, close, reopen."""
