"""Evaluation: what the ranking does for readers, measured with the very functions that serve them."""
