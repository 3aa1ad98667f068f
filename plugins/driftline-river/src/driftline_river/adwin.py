"""ADWIN: an adaptive window over the errors of a model."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.api import param
from driftline_river.detection import Detector
from driftline_river.examples import EXAMPLES
from driftline_river.reading import OfErrors


@dataclass(frozen=True)
class Adwin(OfErrors):
    """How much the error rate rose at the latest change that ADWIN finds in the window; 0 where it finds none.

    ADWIN keeps the outcomes since the last change, and tells a change when two parts of them differ by more than chance
    (`delta`) allows. Outcomes come in the order of their events, read from counts per `every`, over the whole window on
    each run: give it a window that reaches back, `window: {size: 28d, every: 1d}`. A change stays in the reading until
    it leaves the window. Of more than 200,000 outcomes, as many that follow each other are taken together.
    Source: Bifet and Gavaldà, Learning from Time-Changing Data with Adaptive Windowing, SDM (2007); the implementation
    is river's.
    """

    kind = "adwin"
    title = "Change of the error rate (ADWIN)"

    delta: float = param(
        "How likely a false change may be, at each step.",
        default=0.002,
        exclusive_minimum=0,
        exclusive_maximum=1,
    )

    def detector(self) -> Detector:
        from river.drift import ADWIN

        found: Detector = ADWIN(delta=self.delta)  # type: ignore[no-untyped-call]
        return found

    examples = EXAMPLES
