"""HDDM_A: Hoeffding's bound over the errors of a model."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.api import param
from driftline_river.detection import Detector
from driftline_river.examples import EXAMPLES
from driftline_river.reading import OfErrors


@dataclass(frozen=True)
class HddmA(OfErrors):
    """How much the error rate rose at the latest rise that HDDM_A finds in the window; 0 where it finds none.

    The mean of all outcomes since the last change is held against the lowest that it had, by Hoeffding's inequality at
    `confidence`. It looks for rises only, and finds them later than `adwin`. Order and window are as of `adwin`. Of
    more than 50,000 outcomes, as many that follow each other are taken together: its bound, which knows no variance, is
    then wider than need be.
    Source: Frías-Blanco and others, Online and Non-Parametric Drift Detection Methods Based on Hoeffding's Bounds, IEEE
    TKDE 27 (2015); the implementation is river's.
    """

    kind = "hddm_a"
    title = "Rise of the error rate (HDDM_A)"
    most = 50_000

    confidence: float = param(
        "How likely a false change may be, at each step.",
        default=0.001,
        exclusive_minimum=0,
        exclusive_maximum=1,
    )

    def detector(self) -> Detector:
        from river.drift.binary import HDDMA

        found: Detector = HDDMA(drift_confidence=self.confidence)  # type: ignore[no-untyped-call]
        return found

    examples = EXAMPLES
