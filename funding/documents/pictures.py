"""A drawing that stands on every document, worked out once per process.

WeasyPrint walks the paths of an SVG anew for each document; for the stamp that is a tenth of a
receipt's time. What it draws is a run of PDF operators that depends on the size alone, so the
run is kept and put into the next document as it is.
"""

import re
from typing import Any, Final

# The two graphics states of an opaque drawing, as WeasyPrint names them.
_OPAQUE: Final = {b"a1.0", b"A1.0"}
_STATES: Final = re.compile(rb"/(\S+) gs\b")


class Kept:
    """A picture of WeasyPrint's that remembers its operators. Opaque drawings only."""

    def __init__(self, picture: Any) -> None:  # noqa: ANN401 -- WeasyPrint has no types
        self._picture = picture
        self._runs: dict[tuple[float, float], bytes] = {}

    def get_intrinsic_size(self, *args: Any) -> Any:  # noqa: ANN401 -- passed on
        """Width, height and ratio, as the picture itself says."""
        return self._picture.get_intrinsic_size(*args)

    def draw(self, stream: Any, width: float, height: float, style: object) -> None:  # noqa: ANN401
        """Draw at this size in points, from memory where it can."""
        run = self._runs.get((width, height))
        if run is None:
            run = self._runs[width, height] = self._record(stream, width, height, style)
        # The states are entered into each document's own resources by setting them.
        stream.set_alpha(1.0)
        stream.set_alpha(1.0, stroke=True)
        stream.stream.append(run)

    def _record(
        self,
        stream: Any,  # noqa: ANN401
        width: float,
        height: float,
        style: object,
    ) -> bytes:
        # Leaving a state makes the stream forget its colours, so that none is left out of the
        # run because it happened to be set before.
        stream.push_state()
        stream.pop_state()
        start = len(stream.stream)
        self._picture.draw(stream, width, height, style)
        run = [operator for operator in stream.stream[start:] if isinstance(operator, bytes)]
        if len(run) != len(stream.stream) - start:
            raise TypeError("The drawing holds more than operators.")
        del stream.stream[start:]
        joined = b"\n".join(run)
        if not set(_STATES.findall(joined)) <= _OPAQUE:
            raise ValueError("Only an opaque drawing can be kept.")
        return joined
