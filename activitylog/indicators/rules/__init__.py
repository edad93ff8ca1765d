"""How each indicator is counted: proposed from its words, changed and confirmed by people."""
