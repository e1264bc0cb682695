"""What the bot says by itself: delivery types, one file a capability."""
