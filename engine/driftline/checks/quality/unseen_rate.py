"""Share of rows whose category the baseline does not have."""

from __future__ import annotations

from dataclasses import dataclass, replace

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.quality._share import share_of
from driftline.checks.reading import all_missing, no_rows
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.frequencies import BUCKETS, EXACT_VALUES, Frequencies, FrequenciesProfile

MOST_BUCKETS = 0.9  # share of occupied buckets beyond which a new value almost always hides behind a known one
NAMED = 3


@dataclass(frozen=True)
class UnseenRate(Check):
    """Share of the values that do not occur in the baseline: rows with a new category / rows with a value. From 0 to 1.

    Exact up to 20,000 categories. Beyond, categories are known by hash bucket: a new one shows only in a bucket that
    the baseline left empty, so the share is divided by the share of such buckets, and the note says so. The interval is
    Wilson's (1927), of the rows of the window: what the baseline holds is taken as it is.
    """

    kind = "unseen_rate"
    title = "Unseen categories"
    unit = "ratio"
    column_types = frozenset({ColumnType.CATEGORICAL, ColumnType.BOOLEAN, ColumnType.TEXT})
    default_columns = ("categorical",)
    needs_baseline = True
    range = (0.0, 1.0)
    bad = "above"
    uncertain = True

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"frequencies": Frequencies(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        column = on.the_column()
        if baseline is None:
            return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
        now, then = window["frequencies"], baseline["frequencies"]
        assert isinstance(now, FrequenciesProfile)
        assert isinstance(then, FrequenciesProfile)
        if now.values == 0:
            return all_missing(column.name, now.rows) if now.rows else no_rows()
        if then.values == 0:
            return NoData(f"the baseline holds no value of {column.name}", rows=now.rows)
        if now.exact and then.exact:
            return _exact(now, then, column.private)
        return _hashed(now.hashed(), then.hashed())

    examples = (
        Example(
            says="one of four categories is new",
            rows={"x": ["a", "b", "b", "c"]},
            baseline={"x": ["a", "b"]},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.25,
        ),
        Example(
            says="a missing value is not a category",
            rows={"x": ["a", None]},
            baseline={"x": ["a"]},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.0,
        ),
    )


def _exact(now: FrequenciesProfile, then: FrequenciesProfile, private: bool) -> Value:
    unseen = {name: count for name, count in now.counts.items() if name not in then.counts}
    largest = sorted(unseen.items(), key=lambda item: (-item[1], item[0]))
    note = ", ".join(f"{name} ({count})" for name, count in largest[:NAMED])
    if len(largest) > NAMED:
        note += f" and {len(largest) - NAMED} more"
    share = share_of(sum(unseen.values()), now.values, note=None if private else note or None)
    return replace(share, baseline_rows=then.values)


def _hashed(now: FrequenciesProfile, then: FrequenciesProfile) -> Value | NoData:
    occupied = len(then.counts) / BUCKETS
    many = f"more than {EXACT_VALUES} categories, known by hash bucket"
    if occupied > MOST_BUCKETS:
        return NoData(f"{many}: a new one cannot be told from a known one", rows=now.rows)
    empty = 1.0 - occupied
    found = sum(count for bucket, count in now.counts.items() if bucket not in then.counts)
    share = share_of(
        found,
        now.values,
        shown=empty,
        note=f"{many}: estimated from the {empty:.0%} of buckets that the baseline leaves empty",
    )
    bound = max(share.value - found / now.values, 1.0 - share.value)
    return replace(share, bound=bound, baseline_rows=then.values)
