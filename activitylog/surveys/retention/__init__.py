"""What of answers is not kept for ever: hashes of devices, texts by the office's rule; masking old texts."""
