"""API: the routes of version 1. Each is one call of an action and one answer, in bytes."""
