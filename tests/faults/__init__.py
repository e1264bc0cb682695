"""The bot under fire: killed, stopped, cut off, out of space, while Slack answers late, twice or not at all."""
