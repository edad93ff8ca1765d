"""The permission table: every route, method and role, measured on the real application and compared."""
