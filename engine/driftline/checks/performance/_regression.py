"""Reading the residuals of a regression: when there is anything to read."""

from __future__ import annotations

from driftline.checks.base import Profiles, Subject
from driftline.checks.reading import finite
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.residuals import Residuals, ResidualsProfile

REGRESSION = frozenset({"regression"})


def residuals(on: Subject) -> dict[str, ProfileSpec]:
    """What a check of predicted numbers needs."""
    return {"residuals": Residuals(on.role("target"), on.role("prediction"))}


def labelled(window: Profiles) -> ResidualsProfile | NoData:
    """The residuals, unless no row has both a finite target and a finite prediction."""
    errors = window["residuals"]
    assert isinstance(errors, ResidualsProfile)
    if errors.count == 0:
        reason = f"none of {errors.rows} rows has both a target and a prediction"
        return NoData(reason if errors.rows else "the window has no rows", rows=errors.rows)
    return errors


def value(number: float, errors: ResidualsProfile, note: str | None = None) -> Reading:
    """An exact value that rests on the labelled rows."""
    return finite(number, bound=0.0, rows=errors.rows, labelled_rows=errors.count, note=note)
