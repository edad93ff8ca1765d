"""Rules: how each indicator is counted, proposed from its name, changed and confirmed by people."""
