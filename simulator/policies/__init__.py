"""The world's own ways to buy, for the history and for comparison."""
