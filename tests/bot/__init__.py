"""Tests of the bot's own parts."""
