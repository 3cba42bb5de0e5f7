"""Organizations, the people in them, their roles, plans and limits."""
