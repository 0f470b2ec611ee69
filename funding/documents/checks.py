"""x"""


def connect() -> None: ...
