"""The question bank as data, its reader and its chooser."""
