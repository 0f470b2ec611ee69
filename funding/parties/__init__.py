"""Legal bodies: who receives."""
