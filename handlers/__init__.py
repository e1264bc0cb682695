"""Slack comes in: commands, buttons, modals, Home, events. One file a feature."""
