"""What the bot owes to Slack, when it is due, and how it gets there."""
