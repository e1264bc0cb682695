"""The rules of the practice, pure: no Slack, no database, no clock."""
