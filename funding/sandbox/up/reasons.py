"""Why something cannot go on, told to the person at the keyboard."""


class CannotStart(Exception):
    """One clear sentence: what stands in the way and what to do about it."""
