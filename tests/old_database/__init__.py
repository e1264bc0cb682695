"""A database of before the tables were put in order, what stood in Slack then, and how that life went on."""
