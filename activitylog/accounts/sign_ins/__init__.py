"""Sign-ins: a person on a device, from the right password until it ends."""
