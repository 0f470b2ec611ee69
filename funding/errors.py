"""What a rule says when it says no."""


class Refused(Exception):
    """A rule refused a step, and nothing was changed.

    The message is one sentence for the person who asked. Subclasses live beside the rule
    that raises them and are named by what is wrong.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
