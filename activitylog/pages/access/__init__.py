"""The trail's entries about what is read: files taken out, and pages a person was refused."""
