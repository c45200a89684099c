"""What share of the CPU time each part of the code takes, by sampling the Python stack.

A profiler that hooks every call makes small functions look expensive. Here a timer of consumed CPU
time interrupts the program, and the innermost frame that belongs to a part gets the sample; the
program itself runs as always.
"""

import signal
from collections import Counter
from collections.abc import Mapping
from types import CodeType, FrameType
from typing import Self

INTERVAL = 0.001
"""CPU seconds between samples; kernels with a slow clock make it 4 ms."""
REST = "control flow and the rest"


class Sampler:
    """Samples while it is entered; `shares` tells the result.

    `parts`: a part's name for places, written ``detectors/trainer.py`` for a whole file or
    ``detectors/messages/view.py:customer_view`` for a function and all that it calls; the first
    place that fits a frame counts.
    """

    def __init__(self, parts: Mapping[str, str]) -> None:
        self._parts = parts
        self._known: dict[CodeType, str | None] = {}
        self.samples: Counter[str] = Counter()

    def __enter__(self) -> Self:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)

    def shares(self) -> dict[str, float]:
        """Share of the samples by part, the largest first."""
        total = self.samples.total() or 1
        return {part: count / total for part, count in self.samples.most_common()}

    def _sample(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            part = self._part(frame.f_code)
            if part is not None:
                self.samples[part] += 1
                return
            frame = frame.f_back
        self.samples[REST] += 1

    def _part(self, code: CodeType) -> str | None:
        try:
            return self._known[code]
        except KeyError:
            file = "/".join(code.co_filename.split("/")[-3:])
            found = self._known[code] = self._look_up(file, code.co_qualname)
            return found

    def _look_up(self, file: str, function: str) -> str | None:
        for place, part in self._parts.items():
            where, _, name = place.partition(":")
            if where in file and name in ("", function):
                return part
        return None
