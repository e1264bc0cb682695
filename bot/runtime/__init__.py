"""What the bot runs on: clock, logs, figures, the scheduler, the ways in for Slack, HTTP, and the end of a process."""
