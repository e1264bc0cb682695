"""Attacks on anonymity: prompts are lived through, and then everything there is, is searched for who wrote what."""
