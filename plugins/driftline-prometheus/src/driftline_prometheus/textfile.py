"""Metrics in a text file, replaced as a whole: the node exporter never reads half of one."""

from __future__ import annotations

from prometheus_client import write_to_textfile

from driftline_prometheus.earlier import Earlier, parse
from driftline_prometheus.errors import ExportError
from driftline_prometheus.families import Exposition
from driftline_prometheus.targets import FileTarget


def read(target: FileTarget) -> Earlier:
    """What the file holds; nothing when there is none yet, or when it is no exposition and will be replaced."""
    try:
        return parse(target.path.read_text("utf-8"), target.labels)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ExportError(f"the metrics file {target.path} cannot be read: {error.strerror or error}") from None
    except ValueError:
        return {}


def write(target: FileTarget, exposition: Exposition) -> None:
    """Write a new file beside the old one and rename it. Raises ExportError."""
    try:
        write_to_textfile(str(target.path), exposition)
    except OSError as error:
        raise ExportError(
            f"the metrics file {target.path} cannot be written: {error.strerror or error}; "
            "the folder must exist and be writable for the user that runs driftline"
        ) from None
