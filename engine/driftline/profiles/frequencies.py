"""`frequencies`: counts by value, exact up to a bound, then counts in a fixed number of stable-hash buckets.

Buckets are linear: whichever way rows are split and merged, the whole is the same. The names of the largest values are
kept for people only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext, added
from driftline.profiles.columns import category

if TYPE_CHECKING:
    import polars as pl

EXACT_VALUES = 20_000
BUCKETS = 4_096
NAMES_KEPT = 32


@dataclass(frozen=True)
class FrequenciesProfile(Profile):
    """Counts by value as text (`exact`), or by bucket (`#17`) once there were more than `EXACT_VALUES` values."""

    counts: Mapping[str, int] = field(default_factory=dict)
    nulls: int = 0
    exact: bool = True
    largest: Mapping[str, int] = field(default_factory=dict, compare=False)

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        exact, hashed = [p for p in profiles if p.exact], [p for p in profiles if not p.exact]
        if exact and hashed:
            return cls._merged((*hashed, cls.merged(exact).hashed()))
        counts, names = added(p.counts for p in profiles), added(p.largest for p in profiles)
        merged = cls(counts, sum(p.nulls for p in profiles), not hashed, _largest(names))
        return merged.hashed() if merged.exact and len(counts) > EXACT_VALUES else merged

    def hashed(self) -> Self:
        """The same counts by bucket of the stable hash of the value."""
        import polars as pl

        if not self.exact:
            return self
        values, counts = list(self.counts), list(self.counts.values())
        frame = pl.DataFrame({"value": values, "counts": counts}, schema={"value": pl.String(), "counts": pl.Int64()})
        return type(self)(_by_bucket(frame), self.nulls, False, _largest(self.counts))

    @property
    def rows(self) -> int:
        return self.values + self.nulls

    @property
    def values(self) -> int:
        """Number of rows that hold a value."""
        return sum(self.counts.values())

    def frame(self) -> pl.DataFrame:
        import polars as pl

        rows = [("value" if self.exact else "bucket", name, count) for name, count in self.counts.items()]
        rows += [("largest", name, count) for name, count in self.largest.items()]
        rows.append(("nulls" if self.exact else "hashed nulls", None, self.nulls))  # type: ignore[arg-type]
        schema = {"part": pl.String(), "value": pl.String(), "counts": pl.Int64()}
        return pl.DataFrame(rows, schema=schema, orient="row")


def _texts(frame: pl.DataFrame, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Counts by key columns and `value`, which is the text of what was scanned as `raw`."""
    import polars as pl

    value = category("raw", ScanContext({"raw": frame.schema["raw"]})).cast(pl.String)
    return frame.select(*keys, value.alias("value"), "counts").group_by(*keys, "value").agg(pl.col("counts").sum())


def _largest(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:NAMES_KEPT])


def _by_bucket(frame: pl.DataFrame) -> dict[str, int]:
    """`counts` by the bucket of the stable hash of `value`."""
    import polars as pl
    import polars_hash

    bucket = polars_hash.col("value").nchash.xxhash64() % BUCKETS
    summed = frame.group_by(bucket.alias("bucket")).agg(pl.col("counts").sum())
    return {f"#{row[0]}": int(row[1]) for row in sorted(summed.iter_rows())}


@dataclass(frozen=True)
class Frequencies(ProfileSpec):
    """Counts by value of a column of any type."""

    kind: ClassVar[str] = "frequencies"
    column: str

    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.col(self.column).alias("raw")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.len().cast(pl.Int64).alias("counts")]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> FrequenciesProfile:
        return self._of_texts(_texts(frame)) if "raw" in frame.columns else self._from_frame(frame)

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        if "raw" not in frame.columns:
            return super().load_parts(frame, keys, context)
        texts = _texts(frame, keys)
        parts = texts.sort("value").group_by(keys, maintain_order=True).agg("value", "counts")
        if (parts["value"].list.len() > EXACT_VALUES).any():
            large = texts.partition_by(keys, as_dict=True, include_key=False, maintain_order=True)
            return {key: self._of_texts(part) for key, part in large.items()}
        rows = parts.iter_rows()
        return {tuple(key): self._exact(dict(zip(values, counts, strict=True))) for *key, values, counts in rows}

    def _of_texts(self, texts: pl.DataFrame) -> FrequenciesProfile:
        """From a table of `value` and `counts`, each value once."""
        import polars as pl

        known = texts.filter(pl.col("value").is_not_null())
        nulls = int(texts["counts"].sum()) - int(known["counts"].sum())
        if known.height <= EXACT_VALUES:
            return FrequenciesProfile({value: int(count) for value, count in known.sort("value").iter_rows()}, nulls)
        # A million values need not become Python objects to be thrown away.
        largest = known.top_k(NAMES_KEPT, by=["counts", "value"], reverse=[False, True])
        return FrequenciesProfile(_by_bucket(known), nulls, False, dict(largest.iter_rows()))

    def _exact(self, counts: dict[str | None, int]) -> FrequenciesProfile:
        nulls = counts.pop(None, 0)
        found = FrequenciesProfile({str(value): count for value, count in counts.items()}, nulls)
        return found.hashed() if len(found.counts) > EXACT_VALUES else found

    def _from_frame(self, frame: pl.DataFrame) -> FrequenciesProfile:
        parts: dict[str, dict[str | None, int]] = {}
        for part, value, count in frame.iter_rows():
            parts.setdefault(part, {})[value] = count
        if "hashed nulls" in parts:
            buckets = {str(value): count for value, count in parts.get("bucket", {}).items()}
            names = {str(value): count for value, count in parts.get("largest", {}).items()}
            return FrequenciesProfile(buckets, parts["hashed nulls"][None], False, names)
        return self._exact({**parts.get("value", {}), **parts.get("nulls", {})})
