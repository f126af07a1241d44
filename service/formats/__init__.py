"""Formats: how what is known is written down in the store. Each begins with its version."""
