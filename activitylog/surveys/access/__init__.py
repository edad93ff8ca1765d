"""How one gets to a survey: the code on the screen, the kiosk pass."""
