"""The list of activities and the page of one, with publicity, expenses and survey."""
