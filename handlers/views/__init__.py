"""Slack goes out: build_… and parse_… pairs, pure."""
