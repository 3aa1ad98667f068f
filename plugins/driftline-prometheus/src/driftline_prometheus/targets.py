"""The text behind `--export prometheus=`: where the metrics go, and the labels that set them apart there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from driftline_prometheus.errors import TargetError
from driftline_prometheus.metrics import OWN_LABELS

DEFAULT_JOB = "driftline"
FORMS = "write file:PATH or push:URL, such as push:http://127.0.0.1:9091?job=driftline"
_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True)
class FileTarget:
    """A text file for the textfile collector of the node exporter; `labels` stand on every sample."""

    path: Path
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PushTarget:
    """A push gateway; `job` and `labels` are the group that is replaced there.

    `url` holds no user and password: they are kept apart and never shown.
    """

    url: str
    job: str = DEFAULT_JOB
    labels: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def parse(target: str) -> FileTarget | PushTarget:
    """The target that a text names. Raises TargetError; its message shows nothing of a URL but the host."""
    scheme, colon, rest = target.partition(":")
    if scheme == "file" and rest:
        path, _, query = rest.partition("?")
        if not path:
            raise TargetError(f"--export prometheus=file: names no file; {FORMS}")
        labels = _labels(query)
        for name in ("job", "instance"):
            if name in labels:
                raise TargetError(
                    f"--export prometheus=file: Prometheus sets {name} itself when it scrapes; leave it out"
                )
        return FileTarget(Path(path), labels)
    if scheme == "push" and rest:
        return _push(rest)
    named = f"{scheme}:" if colon else "this target"
    raise TargetError(f"--export prometheus: {named} is not known; {FORMS}")


def _push(text: str) -> PushTarget:
    try:
        parts = urlsplit(text)
        host = _host(parts)
    except ValueError as error:  # the message of urllib names the part that is wrong: a port, a bracket
        raise TargetError(f"--export prometheus=push: the URL cannot be read ({error}); {FORMS}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise TargetError(f"--export prometheus=push: the URL needs http:// or https:// and a host; {FORMS}")
    labels = dict(_labels(parts.query))
    job = labels.pop("job", DEFAULT_JOB)
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return PushTarget(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", job, labels, user, password)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None else f"{host}:{parts.port}"


def _labels(query: str) -> Mapping[str, str]:
    """`document=churn&team=risk` as labels; those that driftline sets itself are refused."""
    labels: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if not _LABEL.fullmatch(name):
            raise TargetError(f"--export prometheus: {name!r} is no name of a label; use letters, digits and _")
        if name in OWN_LABELS:
            raise TargetError(f"--export prometheus: driftline sets the label {name} itself; choose another name")
        if name in labels or not text:
            raise TargetError(f"--export prometheus: give {name} one text, as in {name}=churn")
        labels[name] = text
    return labels
