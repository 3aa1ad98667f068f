"""What both checks share: the stream of a model's errors, and the reading of its latest change."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, cast

from driftline.api import (
    Bounds,
    Check,
    Duration,
    Failed,
    Moment,
    NoData,
    Profiles,
    ProfileSpec,
    Reading,
    Subject,
    Takes,
    Threshold,
    Value,
    param,
)
from driftline_river.detection import Detector, Stream, latest
from driftline_river.stream import ErrorStream, ErrorStreamProfile


@dataclass(frozen=True)
class OfErrors(Check):
    """A detector on the errors of a model, in the order of their events."""

    unit = "ratio"
    takes = Takes.MODEL
    tasks = frozenset({"binary", "multiclass", "regression"})
    needs_roles = frozenset({"target", "prediction"})
    range = (-1.0, 1.0)
    bad = "above"
    default_threshold = Threshold(critical=Bounds(above=0.0))

    most: ClassVar[int] = 200_000  # steps that the detector takes in a moment

    every: Duration = param(
        "The length of time inside of which the order of outcomes is not known.", default=Duration(1, "h")
    )
    tolerance: float | None = param(
        "Of a regression: a prediction that is further off than this is an error.", default=None, exclusive_minimum=0
    )

    def __post_init__(self) -> None:
        if self.every.seconds < 1 or self.every.unit == "mo":
            raise ValueError("`every` is a second or longer, and not in months")

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        if on.timestamp is None or (on.task == "regression" and self.tolerance is None):
            return {}
        tolerance = self.tolerance if on.task == "regression" else None
        columns = on.timestamp, on.role("target"), on.role("prediction")
        return {"errors": ErrorStream(*columns, int(self.every.seconds), tolerance)}

    @abstractmethod
    def detector(self) -> Detector:
        """A detector that has seen nothing yet."""

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        if on.timestamp is None:
            return Failed("the source has no timestamp, so its outcomes have no order; name one")
        if "errors" not in window:
            return Failed("how far off may a prediction be? name it: params: {tolerance: 10}")
        profile = cast(ErrorStreamProfile, window["errors"])
        known = profile.outcomes
        if known == 0:
            reason = f"none of {profile.rows} rows has both a target and a prediction"
            return NoData(reason if profile.rows else "the window has no rows", rows=profile.rows)
        found = latest(Stream.of(profile.counts, self.most), self.detector())
        if found is None:
            return Value(0.0, rows=profile.rows, labelled_rows=known)
        since = datetime.fromtimestamp(found.moment * int(self.every.seconds), UTC)
        more = f", the latest of {found.count} changes in the window" if found.count > 1 else ""
        difference = found.after - found.before
        return Value(
            difference,
            rows=profile.rows,
            labelled_rows=known,
            note=f"error rate {found.before:.1%} -> {found.after:.1%} from {since:%Y-%m-%d %H:%M} UTC on{more}",
            direction="up" if difference > 0 else "down",
        )
