"""What names say: words by which columns are recognised. Guesses, all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

ENDINGS = ("d", "ed", "s", "es", "er", "ers", "ing", "ment", "ation")  # of other forms of a word
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

EVENT = ("event", "scored", "scheduled", "predicted", "prediction", "request", "inference", "logged", "occurred")
TIME = ("timestamp", "ts", "time", "datetime", "at", "date", "day", "created")
ARRIVAL = ("arrived", "arrival", "ingested", "ingestion", "loaded", "inserted", "received", "updated", "modified")
KNOWN = ("landed", "closed", "labelled", "labeled", "settled", "resolved", "known", "observed", "outcome", "completed")
PERSONAL_TIME = ("birth", "dob", "birthday", "expiry", "expires", "signup", "joined", "due", "hired", "registered")

TARGETS = ("target", "label", "actual", "truth", "outcome", "ytrue", "labels", "groundtruth", "observed")
EVENTS = (
    "churn", "churned", "fraud", "fraudulent", "default", "defaulted", "clicked", "converted", "purchased", "late",
    "bought", "survived", "cancelled", "canceled", "returned", "approved", "class",
)  # fmt: skip
PREDICTIONS = ("prediction", "predicted", "pred", "predictions", "yhat", "ypred", "forecast", "predict")
SCORES = ("score", "prob", "proba", "probability", "likelihood", "confidence", "scores")
POSITIVE = ("1", "true", "yes", "y", "t", "positive", "pos", "fraud", "churn", "churned", "default", "late", "bad")
IDENTIFIERS = ("id", "uuid", "guid", "key", "identifier", "ref", "reference", "nr")
CODES = (
    "code", "type", "category", "kind", "class", "status", "level", "grade", "zip", "zipcode", "postcode", "postal",
    "weekday", "dow", "month", "region", "segment", "cluster", "flag", "is", "has", "plan", "tier", "id", "channel",
)  # fmt: skip
AMOUNTS = (
    "count", "cnt", "num", "number", "n", "qty", "quantity", "age", "years", "months", "days", "hours", "hour",
    "minutes", "seconds", "size", "total", "amount", "sum", "children", "visits", "orders", "calls", "length",
)  # fmt: skip
CALENDAR = ("weekday", "dow", "month", "hour", "day", "quarter", "week", "season")
PERSONAL = {
    "email", "mail", "phone", "telephone", "mobile", "msisdn", "surname", "firstname", "lastname", "fullname", "ssn",
    "passport", "iban", "address", "street", "birthdate", "birthday", "dob", "username", "ip",
}  # fmt: skip
PEOPLE = ("first", "last", "full", "user", "customer", "client", "person", "holder", "contact", "given", "family")
GENERIC = (
    "data", "dataset", "file", "files", "input", "inputs", "tmp", "temp", "raw", "csv", "parquet", "out", "src",
    "daily", "today", "hourly", "monthly", "current", "latest", "new", "day", "part", "month", "year", "all", "train",
)  # fmt: skip


def words(name: str) -> tuple[str, ...]:
    """`pLate_predicted` -> (`p`, `late`, `predicted`)."""
    return tuple(part.lower() for part in _PARTS.findall(name))


def has(name: str, vocabulary: tuple[str, ...]) -> bool:
    """Whether one of the words of a name is in a vocabulary, or all of them together are."""
    parts = words(name)
    return any(part in vocabulary for part in parts) or "".join(parts) in vocabulary


def stem(name: str) -> str:
    """A name without what says that it is an output: `p_late`, `late_predicted` and `late` have the stem `late`."""
    outputs = {*PREDICTIONS, *SCORES, "p", "pr", "y", "hat", "actual", "true", "target", "label", "is"}
    return "_".join(part for part in words(name) if part not in outputs)


def kin(name: str, stems: Iterable[str]) -> bool:
    """Whether the stem of a name is one of these, or another form of it: `ordered` and `order`."""
    own = stem(name)
    for each in stems:
        short, long = sorted((own, each), key=len)
        if own == each or (len(short) > 3 and long.startswith(short) and long[len(short) :] in ENDINGS):
            return True
    return False


def is_target(name: str) -> bool:
    return has(name, TARGETS) or name.lower() == "y"


def is_prediction(name: str) -> bool:
    return has(name, PREDICTIONS) or words(name) in (("y", "hat"), ("y", "pred"))


def is_score(name: str) -> bool:
    parts = words(name)
    return has(name, SCORES) or (len(parts) > 1 and parts[0] in ("p", "pr")) or parts in (("p",), ("pd",))


def is_latency(name: str) -> bool:
    parts = words(name)
    named = any(part in ("latency", "elapsed", "took") for part in parts)
    timed = "time" in parts and any(part in ("response", "inference", "processing", "request") for part in parts)
    return named or timed or (len(parts) > 1 and parts[-1] in ("ms", "millis", "msec"))


def is_error(name: str) -> bool:
    return any(part in ("error", "errors", "failed", "failure", "exception", "err") for part in words(name))


def is_version(name: str) -> bool:
    parts = words(name)
    return parts == ("version",) or ("model" in parts and any(part in ("version", "release") for part in parts))


def is_personal(name: str) -> bool:
    """Whether a column by this name holds personal data: an address, a phone number, a person's name."""
    parts = words(name)
    joined = "".join(parts)
    if any(part in PERSONAL for part in parts) or joined in PERSONAL or joined in ("email", "emailaddress"):
        return True
    person = len(parts) > 1 and parts[-1] == "name" and any(part in PEOPLE for part in parts)
    return person or parts == ("name",) or ("card" in parts and "number" in parts)


def slug(text: str) -> str:
    """A name for a section: small letters, digits, `_` and `-`."""
    return re.sub(r"[^a-z0-9_-]+", "_", text.lower()).strip("_-")[:40]
