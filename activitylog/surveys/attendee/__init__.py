"""The attendee's survey pages."""
