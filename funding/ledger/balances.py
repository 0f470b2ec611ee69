"""x"""


def fold() -> int:
    return 0
