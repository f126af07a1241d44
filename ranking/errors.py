"""What can go wrong in the core, as a tree that callers can catch at the level they care about."""


class SignalfeedError(Exception):
    """Anything that Signalfeed refuses or cannot do."""


class UnknownEvent(SignalfeedError):
    """An event id that is not in the corpus."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"there is no event {event_id!r}")
        self.event_id = event_id
