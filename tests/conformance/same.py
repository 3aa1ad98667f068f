"""When two profiles, or two readings, are the same: whole numbers and texts exactly, floats but for their last bits."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

RELATIVE = 1e-9
ABSOLUTE = 1e-15  # of an array: where terms cancel, their last bits are what is left


def differences(a: Any, b: Any, where: str = "") -> list[str]:
    """Where two values differ, in words; empty when they are the same."""
    if type(a) is not type(b) and not (isinstance(a, int | float) and isinstance(b, int | float)):
        return [f"{where}: {type(a).__name__} is not {type(b).__name__}"]
    if isinstance(a, np.ndarray):
        return [] if _same_arrays(a, b) else [f"{where}: {a} is not {b}"]
    if dataclasses.is_dataclass(a):
        names = [field.name for field in dataclasses.fields(a) if field.compare or field.name in ("largest",)]
        return [found for name in names for found in differences(getattr(a, name), getattr(b, name), f"{where}.{name}")]
    if isinstance(a, tuple) and len(a) == len(b):
        return [
            found for at, (x, y) in enumerate(zip(a, b, strict=True)) for found in differences(x, y, f"{where}[{at}]")
        ]
    if isinstance(a, Mapping):
        if a.keys() != b.keys():
            return [f"{where}: {a} is not {b}"]
        return [found for key in a for found in differences(a[key], b[key], f"{where}[{key}]")]
    if isinstance(a, float) or isinstance(b, float):
        same = math.isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-300) or (math.isnan(a) and math.isnan(b))
        return [] if same else [f"{where}: {a} is not {b}"]
    return [] if a == b else [f"{where}: {a} is not {b}"]


def _same_arrays(a: Any, b: Any) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.allclose(a, b, RELATIVE, ABSOLUTE, equal_nan=True) if a.dtype.kind == "f" else np.array_equal(a, b))
