"""From an exception of Polars or the system to a SourceError that says the cause and the next step."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from driftline.errors import SourceError
from driftline.sources._timestamps import EPOCHS
from driftline.sources.base import SourceContext

# What object stores answer, in the reader's words. Searched in the text of the error, in this order.
_REMOTE_CAUSES = (
    (
        r"(?i)access.?denied|forbidden|\b403\b|unauthori[sz]ed|\b401\b|invalid.?access.?key|signature",
        "access was denied; check the keys under `storage`",
    ),
    (r"(?i)no ?such ?bucket|bucket.*not.*exist", "the bucket does not exist; correct `path`"),
    (r"(?i)not ?found|no ?such ?key|\b404\b|expanded paths were empty", "nothing is there; correct `path`"),
    (r"(?i)region", "the region is missing or wrong; set `aws_region` under `storage`"),
    (
        r"(?i)connect|timed? ?out|dns|resolve|error sending request|credential|retries",
        "the object store cannot be reached or gave no credentials; check the endpoint and keys under `storage`",
    ),
)


def first_line(error: Exception) -> str:
    """The cause alone: Polars adds plans and advice for programmers below it."""
    return str(error).strip().split("\n", 1)[0][:300]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'late'?`, or the columns that there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not near:
        near = [other for other in names if other.lower() == name.lower()]
    if near:
        return f"; did you mean {near[0]!r}?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"; it has {shown}" if names else "; it has no columns"


def remote_failure(error: Exception, context: SourceContext, label: str) -> SourceError | None:
    """A failure of an object store or a web server, None for any other. Its own text may hold keys: not quoted."""
    for pattern, cause in _REMOTE_CAUSES:
        if re.search(pattern, str(error)):
            return SourceError(f"source {context.name!r}: {label} cannot be read: {cause}")
    return None


def unexplained(error: Exception, context: SourceContext) -> SourceError:
    """A failure of which only the kind is known. Its text may hold a path or an address that is secret: not quoted."""
    return SourceError(
        f"source {context.name!r} cannot be read ({type(error).__name__}); check its options and its data"
    )


def not_opened(error: OSError) -> str:
    """Why a file that was listed does not open; to be put after its name."""
    if isinstance(error, FileNotFoundError):
        return "is gone; it was there when the folder was listed"
    if isinstance(error, PermissionError):
        return "may not be read; give this user permission"
    return f"cannot be read: {error.strerror or type(error).__name__}"


def unreadable_time(error: Exception, layout: str | None = None) -> str | None:
    """What Polars says when a text is not a time in the expected form, in the reader's words."""
    kinds = r"`str` to `(?:datetime|date)"
    if layout in EPOCHS:
        kinds = r"(?:`str` to `f64|`f64` to `i64)"
    pattern = rf"conversion from {kinds}.*? values?: \[(.*?)\]"
    found = re.search(pattern, str(error), re.DOTALL)
    return f"the timestamp {' '.join(found.group(1).split())[:80]} does not read as a time" if found else None
