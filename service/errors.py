"""Errors: what a caller can ask for that cannot be had."""

from ranking.errors import SignalfeedError


class SnapshotForgotten(SignalfeedError):
    """A cursor names an order that is no longer kept, and cannot go on without it."""


class ProfileBehind(SignalfeedError):
    """The reader's profile is older than the caller will have it."""
