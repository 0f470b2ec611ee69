"""Pages that need both halves, the webhook table and the static files."""
