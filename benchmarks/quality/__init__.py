"""The tables of how well the ranking does on published data sets."""
