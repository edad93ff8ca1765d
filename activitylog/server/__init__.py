"""Starts and supervises the web server and the scheduler, and checks the installation."""
