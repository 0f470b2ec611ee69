"""x"""


def render_due() -> int:
    return 0
