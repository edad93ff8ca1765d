"""The stylesheet, the scripts and the icon of the pages, served under addresses with their digest."""
