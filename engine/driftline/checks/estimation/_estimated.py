"""What all estimates share: the profiles of both sides, and the reading from them."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from driftline.checks.base import Check, Moment, Profiles, Subject, Takes
from driftline.checks.estimation._calibration import AUTO, CHOICES, Calibration, calibration
from driftline.checks.estimation._estimate import Cells, Estimate
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.checks.reading import no_rows
from driftline.model import Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import HistogramProfile
from driftline.profiles.scores import Scores, ScoresProfile
from driftline.profiles.scores_by import ScoresBy

BY_PREDICTION, BY_OUTCOME, REALIZED = "scores: ", "outcomes: ", "realized: "  # before names of profiles
CONFIDENCE = 1.96
STANDARD, EXACT = RESOLUTIONS = ("standard", "exact")


@dataclass(frozen=True)
class Scored:
    """The rows of one class: by what was predicted, and all that have a score."""

    profile: ScoresProfile
    by: Calibration

    @cached_property
    def positive(self) -> Cells:
        return Cells.of(self.profile.positives, self.by)

    @cached_property
    def negative(self) -> Cells:
        return Cells.of(self.profile.negatives, self.by)

    @cached_property
    def all(self) -> Cells:
        profile = self.profile
        return Cells.of(HistogramProfile.merged([profile.positives, profile.negatives, profile.unlabelled]), self.by)


@dataclass(frozen=True)
class Own:
    """A metric of the rows that were learnt from, estimated and realized."""

    estimate: Estimate
    realized: Value

    @property
    def off(self) -> float:
        """How much the estimate is too high: what was learnt flatters the rows that it was learnt from."""
        return self.estimate.value - self.realized.value


@dataclass(frozen=True)
class Estimated(Check):
    """A metric of a classifier as it should come out, before labels arrive."""

    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score", "prediction"})
    needs_baseline = True
    learns = True
    range: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)
    bad = "below"

    realizes: ClassVar[type[Check]]  # the metric that it estimates
    probabilities_only: ClassVar[bool] = False  # scores outside 0 to 1 have no such metric

    calibration: str = param(
        "Whether scores are turned into probabilities by isotonic regression on the baseline: `auto` if that lowers "
        "the calibration error of held-out rows, `always`, or `never`: scores are probabilities.",
        default=AUTO,
        choices=CHOICES,
    )
    resolution: str = param(
        "How finely scores are kept: `standard` as for `roc_auc`, or `exact`, where up to 131,072 different scores "
        "have a bin each; both sides are scanned for it.",
        default=STANDARD,
        choices=RESOLUTIONS,
    )

    @abstractmethod
    def estimate(self, on: Subject, classes: Mapping[str, Scored]) -> Estimate | None:
        """The metric from the rows of each class; None where it is not defined."""

    def metric(self) -> Check:
        """The metric that it estimates, with the same parameters."""
        return self.realizes()

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        prediction = on.roles.get("prediction")
        return self.scores(on, BY_PREDICTION, prediction.name if prediction is not None else None)

    def baseline_needs(self, on: Subject) -> dict[str, ProfileSpec]:
        realized = {REALIZED + name: spec for name, spec in self.metric().needs(unweighted(on)).items()}
        return {**self.needs(on), **self.scores(on, BY_OUTCOME, on.role("target")), **realized}

    def scores(self, on: Subject, before: str, column: str | None, known: str | None = None) -> dict[str, ProfileSpec]:
        """Score histograms of each class by whether the column is that class; without one, in no order that matters."""
        columns = on.scores if on.task == "multiclass" else {on.positive: on.role("score")}
        wanted = {name: column for name, column in columns.items() if on.class_ in (None, name)}
        exact = self.resolution == EXACT
        if known is None and not exact:
            return {before + name: Scores(column or score, score, name) for name, score in wanted.items()}
        return {
            before + name: ScoresBy(column or score, score, name, known=known, exact=exact)
            for name, score in wanted.items()
        }

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        scores, outcomes = named(window, BY_PREDICTION), named(baseline or {}, BY_OUTCOME)
        rows, labelled = (max((p.rows for p in side.values()), default=0) for side in (scores, outcomes))
        known = max((p.labelled for p in outcomes.values()), default=0)
        if not scores:
            return NoData(f"there is no score column of class {on.class_}" if on.class_ else "there is no score column")
        if rows == 0:
            return no_rows()
        if known == 0:
            return NoData(f"none of {labelled} rows of the baseline has both a target and a score to learn from")
        estimate = self.estimated(on, scores, outcomes)
        if isinstance(estimate, NoData | Failed):
            return estimate
        by_class = "prediction" in self.needs_roles
        used = max(p.labelled if by_class else p.labelled + p.unlabelled.finite for p in scores.values())
        return self._value(estimate, used, known, self._own(on, at, baseline or {}))

    def _value(self, found: Estimate, rows: int, known: int, own: Own | None) -> Value:
        low, high = self.range
        off = own.off if own is not None else 0.0
        half = CONFIDENCE * math.sqrt(found.sampling + found.calibration + off**2)
        ends = found.value - half, found.value + half
        within = [min(max(end, -math.inf if low is None else low), math.inf if high is None else high) for end in ends]
        return Value(
            min(max(found.value, within[0]), within[1]),
            bound=found.bound,
            rows=rows,
            baseline_rows=known,
            labelled_baseline_rows=known,
            interval=(within[0], within[1]),
            standard_error=math.sqrt(found.sampling) or least_error(rows),
        )

    def estimated(
        self, on: Subject, scores: Mapping[str, ScoresProfile], outcomes: Mapping[str, ScoresProfile]
    ) -> Estimate | NoData | Failed:
        """The estimate of rows by their scores, from what the outcomes of others teach."""
        by = {name: calibration(each.positives, each.negatives, self.calibration) for name, each in outcomes.items()}
        by_class = "prediction" in self.needs_roles
        if not any(each.labelled or (each.unlabelled.finite and not by_class) for each in scores.values()):
            rows = max(each.rows for each in scores.values())
            return NoData(
                f"none of {rows} rows has {'both a score and a prediction' if by_class else 'a score'}", rows=rows
            )
        if self.probabilities_only and any(is_outside(each) for each in scores.values()):
            return Failed(f"scores outside 0 to 1 are no probabilities; {self.kind} is not defined for them")
        if any(not by[name].applied and is_outside(each) for name, each in scores.items()):
            return Failed("scores outside 0 to 1 are not probabilities; write `calibration: always` in params")
        found = self.estimate(on, {name: Scored(each, by[name]) for name, each in scores.items()})
        if found is None or not math.isfinite(found.value):
            return NoData("no row is expected to count: the metric is not defined for what was predicted")
        return found

    def realized(self, on: Subject, at: Moment, baseline: Profiles) -> Reading:
        own = {name.removeprefix(REALIZED): part for name, part in baseline.items() if name.startswith(REALIZED)}
        return self.metric().read(unweighted(on), at, own, None)

    def compared_with(self, on: Subject, at: Moment, baseline: Profiles) -> Reading:
        """What the baseline realized, with the error that matters beside an estimate.

        Where nothing changed, an estimate differs from it by which rows are in the window and in the baseline, and by
        as much as the baseline's own estimate does. What happened by chance in the baseline is in both.
        """
        own = self._own(on, at, baseline)
        if own is None:
            return self.realized(on, at, baseline)
        return replace(own.realized, standard_error=math.hypot(math.sqrt(own.estimate.sampling), own.off))

    def _own(self, on: Subject, at: Moment, baseline: Profiles) -> Own | None:
        """What the baseline is estimated and realized, where both can be read."""
        realized = self.realized(on, at, baseline)
        if not isinstance(realized, Value):
            return None
        found = self.estimated(on, named(baseline, BY_PREDICTION), named(baseline, BY_OUTCOME))
        return Own(found, realized) if isinstance(found, Estimate) else None


def named(profiles: Profiles, before: str) -> dict[str, ScoresProfile]:
    """The score profiles by class."""
    found = {name.removeprefix(before): part for name, part in profiles.items() if name.startswith(before)}
    return {name: part for name, part in found.items() if isinstance(part, ScoresProfile)}


def unweighted(on: Subject) -> Subject:
    """The model without its weights: scores are kept as counts of rows."""
    return replace(on, roles={role: column for role, column in on.roles.items() if role != "weight"})


def is_outside(profile: ScoresProfile) -> bool:
    """Whether some score is no probability."""
    sides = (profile.positives, profile.negatives, profile.unlabelled)
    return any(side.finite and (side.low[0] < 0.0 or side.high[-1] > 1.0) for side in sides)


def least_error(rows: int) -> float:
    """The standard error of a proportion of 0 or 1, by the Wilson interval: half its width is z² / (n + z²) / 2."""
    return CONFIDENCE / (rows + CONFIDENCE**2) / 2
