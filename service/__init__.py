"""The shell around the core: it loads, calls `ranking`, and saves."""
