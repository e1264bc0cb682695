"""The verbs: one transaction's work each, on a session and a time that are handed in."""
