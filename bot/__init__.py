"""Collab, the Slack app for learning collaboratives."""
