"""What the bot runs on: clock, logs, metrics, scheduler, Slack transports, HTTP server, and shutdown."""
