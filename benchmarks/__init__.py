"""What is measured, each against a bare limit in the same run on the same machine."""
