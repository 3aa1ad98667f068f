"""Secrets that stand in the file as they are. A finding says where and what kind, never a part of the text.

Looked for: a password in the address of a URL (`user:password@`), a token in its query, the services of Apprise whose
whole address is a token, a value under a key such as `password`, the forms of well-known tokens, and long random texts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from urllib.parse import unquote

from driftline.config.nodes import Map, Node, Scalar
from driftline.doctor import edits
from driftline.doctor.facts import Facts
from driftline.doctor.finding import Finding, Grade

_SUBSTITUTION = re.compile(r"\$\{(?P<name>[^{}]*?)(?::-(?P<default>[^{}]*))?\}")
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>\S*)")
_QUERY = re.compile(r"[?&](?P<key>[^=&]+)=(?P<value>[^&#\s]+)")
_SECRET_KEY = re.compile(
    r"(?:^|[_.+-])(?:pass|passwd|password|pwd|secret|token|sas|sig|signature|auth|authorization|credentials?|api_?key|"
    r"access_?key|account_?key|private_?key|secret_?(?:access_?)?key)$",
    re.IGNORECASE,
)
_TOKENS = re.compile(
    r"AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|xox[abposr]-[\w-]{10,}|"
    r"sk-[A-Za-z0-9_-]{20,}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
ENTROPY = 3.7  # bits per character, above which a long text of letters and digits is no word of people
_LOCAL = frozenset({"", "x", "user", "password", "token", "changeme", "..."})  # what examples write


# Where addresses and credentials stand: elsewhere a long random text is more likely the name of a page or a version.
_PLACES = frozenset({"channels", "actions", "storage", "headers", "store", "url"})


def in_clear(facts: Facts) -> Iterable[Finding]:
    """Every value of the files that holds a secret as it is, whichever environment it belongs to."""
    for tree in facts.trees:
        for path, scalar in _scalars(tree):
            services = facts.token_schemes if "channels" in path else frozenset()
            found = secret_in(scalar.text, path, services)
            if found is not None:
                what = f"a secret stands in the file under {'.'.join(path)}"
                yield Finding("secret-in-clear", Grade.PROBLEM, what, found, scalar.place, _edit(path))


def secret_in(text: str, path: Sequence[str] = (), services: Set[str] = frozenset()) -> str | None:
    """What kind of secret a text holds in clear, None where it holds none. What `${…}` stands for is none of it.

    `path` are the keys that lead to it, `services` the schemes of URLs that are made of tokens, wherever these stand.
    """
    for default in _SUBSTITUTION.finditer(text):
        if default["default"] and (found := secret_in(default["default"], path, services)) is not None:
            return f"{found}, as the default of a substitution"
    left, key = _SUBSTITUTION.sub("\0", text), path[-1] if path else ""
    may_be_random = not _PLACES.isdisjoint(path)
    if (token := _TOKENS.search(left)) is not None:
        return f"a token of a well-known form ({len(token.group())} characters)"
    for url in _URL.finditer(left):
        if (found := _in_url(url["scheme"].lower(), url["rest"], services, may_be_random)) is not None:
            return found
    if "://" in left:
        return None
    if _SECRET_KEY.search(key) and _is_written(left):
        return f"a value under `{key}` ({len(left)} characters)"
    random = next(filter(_is_random, _RANDOM.findall(left)), None) if may_be_random else None
    return f"a long random text ({len(random)} characters)" if random is not None else None


def _in_url(scheme: str, rest: str, services: Set[str], may_be_random: bool) -> str | None:
    address = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, at, _ = address.rpartition("@")
    _, colon, password = user.partition(":")
    if at and colon and _is_written(password):
        return f"a password in the address of a URL ({scheme}://user:…@…)"
    for query in _QUERY.finditer(rest):
        if _SECRET_KEY.search(query["key"]) and _is_written(query["value"]):
            return f"a token in the query of a URL (`{query['key']}=`)"
    parts = [part for part in re.split(r"[/@:?&#]", rest) if _is_written(part)]
    if scheme in services and parts:
        return f"the address of a service that is made of tokens ({scheme}://…)"
    if may_be_random and any(_is_random(part) for part in parts):
        return f"a long random text in a URL ({scheme}://…)"
    return None


def _is_written(text: str) -> bool:
    """Whether a text is there, and neither substituted nor a placeholder."""
    plain = unquote(text)
    return "\0" not in plain and plain.lower() not in _LOCAL and not re.fullmatch(r"[*.x<>…-]*", plain)


def _is_random(text: str) -> bool:
    """Letters and digits mixed, and spread as evenly as chance does."""
    if len(text) < 24 or "\0" in text or not re.search(r"\d", text) or not re.search(r"[A-Za-z]", text):
        return False
    if re.search(r"[a-z]{7,}", text) or re.fullmatch(r"[\d\W_]*", text):  # words, dates and numbers
        return False
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) >= ENTROPY


def _scalars(tree: Node) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """Every value with the keys that lead to it; what an alias repeats is told once."""
    seen: set[int] = set()
    left: list[tuple[tuple[str, ...], Node]] = [((), tree)]
    while left:
        path, node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            yield path, node
        elif isinstance(node, Map):
            left += [((*path, name), entry.value) for name, entry in reversed(list(node.entries.items()))]
        else:
            left += [(path, item) for item in reversed(node.items)]


def _edit(path: tuple[str, ...]) -> str:
    """The same key, with the value from the environment."""
    name = re.sub(r"\W+", "_", "_".join(path[-2:])).upper().strip("_") or "SECRET"
    lines = [f"{'  ' * depth}{edits.scalar(key)}:" for depth, key in enumerate(path)]
    if not lines:
        return f'"${{{name}}}"'
    return "\n".join(
        [*lines[:-1], f'{lines[-1]} "${{{name}}}"', "# and change the secret: whoever can read the file knows it"]
    )
