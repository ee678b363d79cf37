"""The one seam of this room: something that turns grey pixels into lines of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ocr.model import Line

Gray = NDArray[np.uint8]


class Recognizer(Protocol):
    """An opened engine. Not thread-safe: one per worker process."""

    @property
    def name_and_version(self) -> str:
        """Engine, versions and language pack, for instance ``tesserocr 2.13.0 / tesseract 5.5.4 / vie 1f6a2b3c``."""
        ...

    def recognise(self, gray: Gray, dpi: int) -> list[Line]:
        """Return the lines of *gray* (uint8, height x width, 0 black) in the engine's own order.

        Boxes and baselines are pixels of *gray*; text is NFC; confidences 0.0 to 1.0. *dpi* is the resolution of
        *gray*, a hint for layout. The same pixels give the same lines, whatever was read before.

        Raises:
            BadInput: ``page-timeout`` when the time limit of a page is over, ``page-too-large`` over the engine's
                limit of 32767 pixels a side.
        """
        ...

    def close(self) -> None:
        """Free the engine; further calls to recognise are errors."""
        ...


class Weighed(Protocol):
    """A line as read, and how likely it says something else."""

    @property
    def line(self) -> Line:
        """As :meth:`Recognizer.recognise` gives it."""
        ...

    def chances(self, beginnings: Sequence[str], end: str = "") -> list[float]:
        """Return for each of *beginnings* the natural logarithm of the chance that the line says it, then *end*.

        All NFC; a beginning has at least one character.
        """
        ...


@runtime_checkable
class Weigher(Protocol):
    """What an engine may do besides: say how likely a line says a text that is not what it reads best."""

    def weigh(self, gray: Gray, dpi: int) -> Sequence[Weighed]:
        """Return the lines of *gray* as :meth:`Recognizer.recognise` does, ready to be asked for other texts."""
        ...
