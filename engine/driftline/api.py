"""All that a plug-in author may import: the bases of kinds, the values they exchange, and what an exporter is given.

A plug-in is a distribution with entry points in the groups `driftline.checks`, `driftline.sources` or
`driftline.exporters`, or a folder of files named by `--plugins`.
"""

from __future__ import annotations

from typing import Protocol

from driftline.alert.replay import Alert
from driftline.checks.base import (
    Check,
    Column,
    ColumnType,
    Example,
    Moment,
    Profiles,
    Subject,
    Takes,
)
from driftline.checks.quotient import Quotient
from driftline.config.document import Bounds, Secret, Threshold, Validity
from driftline.errors import DriftlineError, SourceError
from driftline.model import (
    AlertState,
    Duration,
    Failed,
    InsufficientData,
    Interval,
    NoData,
    Reading,
    Result,
    SeriesKey,
    Severity,
    Status,
    Transition,
    Value,
)
from driftline.parameters import param
from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.comoments import Comoments, ComomentsProfile
from driftline.profiles.confusion import Confusion, ConfusionProfile
from driftline.profiles.counts import Counts, CountsProfile
from driftline.profiles.distinct import Distinct, DistinctProfile
from driftline.profiles.errors import Errors
from driftline.profiles.extent import Extent, ExtentProfile
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile
from driftline.profiles.histogram import Histogram, HistogramProfile
from driftline.profiles.moments import Moments, MomentsProfile
from driftline.profiles.residuals import Residuals, ResidualsProfile
from driftline.profiles.sample import Sample, SampleProfile
from driftline.profiles.scores import Scores, ScoresProfile
from driftline.report.values import RunReport
from driftline.sources.base import FileFacts, Footprint, Misplaced, Source, SourceContext, SourceFile


class Exporter(Protocol):
    """Takes what a run found somewhere else: `driftline run --export NAME=TARGET` calls it after the run.

    `target` is the text behind the `=`, in a form of the exporter's choosing. Raises DriftlineError, with a message
    that names the cause and the next step, when it cannot do its work.
    """

    def __call__(self, report: RunReport, target: str) -> None: ...


__all__ = [
    "Alert",
    "AlertState",
    "Bounds",
    "Check",
    "Column",
    "ColumnType",
    "Comoments",
    "ComomentsProfile",
    "Confusion",
    "ConfusionProfile",
    "Counts",
    "CountsProfile",
    "Distinct",
    "DistinctProfile",
    "DriftlineError",
    "Duration",
    "Errors",
    "Example",
    "Exporter",
    "Extent",
    "ExtentProfile",
    "Failed",
    "FileFacts",
    "Footprint",
    "Frequencies",
    "FrequenciesProfile",
    "Histogram",
    "HistogramProfile",
    "InsufficientData",
    "Interval",
    "Misplaced",
    "Moment",
    "Moments",
    "MomentsProfile",
    "NoData",
    "Profile",
    "ProfileSpec",
    "Profiles",
    "Quotient",
    "Reading",
    "Residuals",
    "ResidualsProfile",
    "Result",
    "RunReport",
    "Sample",
    "SampleProfile",
    "ScanContext",
    "Scores",
    "ScoresProfile",
    "Secret",
    "SeriesKey",
    "Severity",
    "Source",
    "SourceContext",
    "SourceError",
    "SourceFile",
    "Status",
    "Subject",
    "Takes",
    "Threshold",
    "Transition",
    "Validity",
    "Value",
    "param",
]
