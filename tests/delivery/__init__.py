"""The engine, its pure parts: what of it is Slack's is tried through the front door."""
