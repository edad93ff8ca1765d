"""What changed since an indicator's figure was rolled up, record by record."""
