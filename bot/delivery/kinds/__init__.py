"""One file a kind of delivery."""
