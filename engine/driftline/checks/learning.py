"""What checks that train a model while they are read share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Train and predict with one thread: the steps on a few thousand rows are so small that threads mostly wait for
    each other, and where a core is busy with something else they take ten times as long.

    Needs scikit-learn, which brings the library that sets it.
    """
    from threadpoolctl import threadpool_limits

    found: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return found
