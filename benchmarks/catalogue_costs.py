"""What each stage, profile and check of one run takes, in seconds: `python -m benchmarks.catalogue_costs FILE AT`.

The run is made twice in this process, and the second is timed: imports and compiled expressions are there by then. The
clock stands around `load` of every profile and `read` of every check; what the queries themselves take is `scan`,
of which loading is no part. JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from driftline import registry
from driftline.evaluate import family
from driftline.execute import local
from driftline.preparing import RunOptions
from driftline.profiles.base import ProfileSpec


class Clock:
    """Seconds and calls by kind and name; of calls of one kind within each other the outermost counts."""

    def __init__(self) -> None:
        self.costs: dict[str, dict[str, tuple[float, int]]] = defaultdict(dict)
        self._running: set[str] = set()

    def around(self, kind: str, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, timed unless one of its kind is running."""

        def timed(*given: Any, **named: Any) -> Any:
            if kind in self._running:
                return call(*given, **named)
            self._running.add(kind)
            started = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                seconds, calls = self.costs[kind].get(name, (0.0, 0))
                self.costs[kind][name] = seconds + time.perf_counter() - started, calls + 1
                self._running.discard(kind)

        return timed

    def total(self, kind: str) -> float:
        return round(sum(seconds for seconds, _ in self.costs[kind].values()), 3)

    def table(self, kind: str) -> dict[str, dict[str, float]]:
        """Milliseconds and calls by name, the dearest first."""
        ranked = sorted(self.costs[kind].items(), key=lambda item: -item[1][0])
        return {name: {"ms": round(seconds * 1e3, 1), "calls": calls} for name, (seconds, calls) in ranked}


def _specs(base: Any) -> Iterable[type[ProfileSpec]]:
    for one in base.__subclasses__():
        yield one
        yield from _specs(one)


def instrumented() -> Clock:
    """A clock around the stages of a run, every profile and every check."""
    clock, known = Clock(), registry.load()
    for name in known.checks:
        check = known.check_class(name)
        check.read = clock.around("read", name, check.read)  # type: ignore[method-assign]
    for spec in set(_specs(ProfileSpec)):
        for method in ("load", "load_parts"):
            if method in vars(spec):
                setattr(spec, method, clock.around("load", getattr(spec, "kind", spec.__name__), getattr(spec, method)))
    local.LocalExecutor.scan = clock.around("scan", "scan", local.LocalExecutor.scan)  # type: ignore[method-assign]
    family.judge_all = clock.around("judge", "judge", family.judge_all)
    return clock


def main() -> None:
    """Run, run again with the clock set back, print."""
    from driftline import app

    file, at = Path(sys.argv[1]), sys.argv[2]
    clock, options = instrumented(), RunOptions(at=at, dry_run=True)
    app.run(file, options)
    clock.costs.clear()
    started = time.perf_counter()
    app.run(file, options)
    whole = round(time.perf_counter() - started, 3)
    load, read = clock.total("load"), clock.total("read")
    stages = {
        "scan": round(clock.total("scan") - load, 3),
        "load": load,
        "read": read,
        "judge": round(clock.total("judge") - read, 3),
    }
    stages["rest"] = round(whole - sum(stages.values()), 3)
    print(json.dumps({"whole": whole, **stages, "profiles": clock.table("load"), "checks": clock.table("read")}))


if __name__ == "__main__":
    main()
