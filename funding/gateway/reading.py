"""Reading Stripe's objects, in which a reference is an id, an object or nothing."""

import datetime as dt
from typing import Any, overload


def id_of(value: Any) -> str:  # noqa: ANN401 -- id, object or null
    """The id of what is referred to; empty when it is nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value.id)


def metadata_of(found: Any, name: str) -> str:  # noqa: ANN401
    """One of our own words on an object, or nothing."""
    metadata = found.metadata.to_dict() if found.metadata else {}
    return str(metadata.get(name, ""))


@overload
def instant(seconds: int) -> dt.datetime: ...
@overload
def instant(seconds: None) -> None: ...
def instant(seconds: int | None) -> dt.datetime | None:
    """Stripe's seconds as an instant."""
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
