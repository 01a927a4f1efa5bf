"""What the world raises when it contradicts itself."""

__all__ = ["WorldError"]


class WorldError(AssertionError):
    """The world contradicts itself; the message names the day, the rule and the worst place."""
