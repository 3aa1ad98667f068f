"""What can go wrong, with the exit code that it gives the command line."""

from __future__ import annotations

from driftline.api import DriftlineError


class TargetError(DriftlineError):
    """The target behind `--export prometheus=` cannot be understood."""

    exit_code = 2


class ExportError(DriftlineError):
    """The metrics could not be written or pushed. Everything was judged, but somebody does not learn of it."""

    exit_code = 4
