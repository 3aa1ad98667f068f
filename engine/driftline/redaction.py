"""Credentials that stand in a text in clear: what quotes a line of a file leaves them out.

What comes from the environment is a Secret and never gets as far as a text; this is for what a team wrote out.
"""

from __future__ import annotations

import re

# Of these a message may show where they lead; of every other address (a webhook, a chat) any part may be the secret.
_STORAGE = frozenset(("s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "adl", "file", "hf", "sqlite")) | {
    "postgres",
    "postgresql",
}
_VARIABLE = r"\$\{[^}]*\}?"
_REST = rf"(?:{_VARIABLE}|[^\s\"'`{{}}\[\],<>])+"
_ADDRESS = re.compile(rf"\b(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{{0,30}})://(?P<rest>{_REST})")
_SHOWN = re.compile(rf"{_VARIABLE}|(?P<hidden>.)", re.DOTALL)
_NAMED = re.compile(
    r"(?i)(?P<key>(?:secret|password|passwd|token|api[_-]?key|access[_-]?key|account[_-]?key|credential)[\w-]{0,40}"
    rf"[\"']?\s?[:=]\s?[\"']?|authorization[\"']?\s?:\s?[\"']?(?:basic |bearer )?)(?P<value>{_REST})"
)
_PARTS: dict[str, re.Pattern[str]] = {
    "storage": re.compile(rf"^[^/@]+(?=@)|(?<==){_REST}"),
    "web": re.compile(rf"^[^/@]+(?=@)|(?<=/){_REST}"),
    "other": re.compile(rf"(?<=^localhost)[:/]{_REST}|(?!localhost)^{_REST}"),
}


def redacted(text: str) -> str:
    """The text with an asterisk for each character of what looks like a credential."""
    if "://" in text:
        text = _ADDRESS.sub(_address, text)
    return _NAMED.sub(lambda found: found.group("key") + _stars(found.group("value")), text)


def _stars(text: str) -> str:
    """`${NAME}` is kept: it is the name of a secret, and not one itself."""
    return _SHOWN.sub(lambda found: "*" if found.group("hidden") else found.group(), text)


def _address(found: re.Match[str]) -> str:
    scheme, rest = found.group("scheme"), found.group("rest")
    kind = scheme.lower().partition("+")[0]
    part = "storage" if kind in _STORAGE else "web" if kind in ("http", "https") else "other"
    return f"{scheme}://{_PARTS[part].sub(lambda hidden: _stars(hidden.group()), rest)}"
