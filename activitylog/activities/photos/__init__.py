"""Photos that prove an activity: uploads, similarity, publishing."""
