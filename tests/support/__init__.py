"""What tests share: people who act, a bot that runs, groups that are there, judges of their own."""
