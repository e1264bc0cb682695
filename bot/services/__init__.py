"""Services: one transaction's work each; session and time are arguments."""
