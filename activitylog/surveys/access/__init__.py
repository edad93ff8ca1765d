"""Access to a survey: QR code, screen code and kiosk pass."""
