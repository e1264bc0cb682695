"""The verbs, on a real database."""
