"""Principal components of many columns, from their comoments: what they leave of rows, and of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.profiles.comoments import ComomentsProfile, bucket_of
from driftline.profiles.sample import SampleProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = 5
MOST_DRAWS, _AT_ONCE = 10_000, 100
LEAST_ROWS = 50  # of a sample, to tell from parts of it how well components hold for rows that they were not made of


@dataclass(frozen=True)
class Scale:
    """How columns become numbers of mean 0 and deviation 1, as a baseline has them.

    A category is its share of the baseline's values, 0 where the baseline has it not; what is missing is the mean. A
    constant is left at its scale. `weights` (features, columns): what a feature counts in its column.
    """

    weights: Floats
    means: Floats
    deviations: Floats
    bucketed: frozenset[int]

    @classmethod
    def of(cls, baseline: ComomentsProfile) -> Scale:
        import numpy as np

        weights = np.zeros((len(baseline.features), len(baseline.columns)))
        for at, feature in enumerate(baseline.features):
            weights[at, feature.column] = 1.0 if feature.category is None else baseline.means[at, feature.column]
        means = (weights * baseline.means).sum(axis=0)
        counts = baseline.counts.diagonal()
        squares = (weights.T @ baseline.comoments @ weights).diagonal()
        varies = squares > counts * (np.abs(means) * 4 * np.finfo(float).eps) ** 2
        variance = np.divide(squares, counts, out=np.ones(len(means)), where=varies & (counts > 0))
        return cls(weights, means, np.sqrt(variance), baseline.bucketed)

    def moments(self, profile: ComomentsProfile) -> Floats:
        """The mean products of the scaled columns (columns, columns), over all rows of either side."""
        import numpy as np

        means = self.weights.T @ profile.means  # of a column, over the rows that it shares with another
        off = np.where(profile.counts > 0, means - self.means[:, None], 0.0)
        products = self.weights.T @ profile.comoments @ self.weights + profile.counts * off * off.T
        return np.asarray(products / np.outer(self.deviations, self.deviations) / profile.rows)

    def rows(self, profile: ComomentsProfile, sample: SampleProfile) -> Floats:
        """The scaled rows of a sample; `profile` says what the columns and features are."""
        import numpy as np

        found = np.zeros((sample.kept, len(profile.columns)))
        for column, name in enumerate(profile.columns):
            values = sample.columns[name]
            number = values if values.dtype.kind == "f" else self._shares(profile, column, values.tolist())
            scaled = (number - self.means[column]) / self.deviations[column]
            found[:, column] = np.where(np.isfinite(scaled), scaled, 0.0)
        return found

    def _shares(self, profile: ComomentsProfile, column: int, values: list[str | None]) -> Floats:
        """What each category counts; NaN where there is none."""
        import numpy as np

        known = sorted({value for value in values if value is not None})
        named = dict(zip(known, bucket_of(known) if column in self.bucketed else known, strict=True))
        shares = {f.category: self.weights[at, column] for at, f in enumerate(profile.features) if f.column == column}
        counted: dict[str | None, float] = {value: shares.get(name, 0.0) for value, name in named.items()}
        counted[None] = np.nan
        return np.array([counted[value] for value in values])


@dataclass(frozen=True)
class Components:
    """The directions (columns, components) that hold a share of the variance."""

    directions: Floats

    @classmethod
    def of(cls, moments: Floats, share: float) -> Components:
        """The fewest that hold more than this share of the variance."""
        return cls(_ranked(moments)[:, : _enough(moments, share)])

    @classmethod
    def of_rows(cls, rows: Floats, count: int) -> Components:
        """So many of them of scaled rows."""
        centred = rows - rows.mean(axis=0)
        return cls(_ranked(centred.T @ centred)[:, :count])

    def left(self, moments: Floats) -> Floats:
        """The mean square that each column has left, in the sum the mean squared norm of the residual."""
        import numpy as np

        rest = np.eye(len(moments)) - self.directions @ self.directions.T
        return np.asarray(np.maximum((rest @ moments @ rest).diagonal(), 0.0))

    def norms(self, rows: Floats) -> Floats:
        """The norm of what each row has left."""
        import numpy as np

        return np.asarray(np.sqrt(np.sum((rows - rows @ self.directions @ self.directions.T) ** 2, axis=1)))

    def held_out(self, rows: Floats) -> Floats | None:
        """The norms of rows of which other components, as many, were made without them; None for too few rows."""
        import numpy as np

        if len(rows) < LEAST_ROWS:
            return None
        fold, found = np.arange(len(rows)) % FOLDS, np.empty(len(rows))  # in the order of hashes, so at random
        for number in range(FOLDS):
            rest, out = rows[fold != number], rows[fold == number]
            made = Components.of_rows(rest, self.directions.shape[1])
            found[fold == number] = made.norms(out - rest.mean(axis=0))
        return found


@dataclass(frozen=True)
class Whole:
    """What the rows that are exchanged are a sample of: the numbers of rows of both sides, of each column the share of
    all of them that holds a value, and the `rate` at which means settle.
    """

    now: float
    then: float
    known: Floats
    rate: float


def exchange(rows: Floats, first: int, count: int, draws: int, whole: Whole, *, norm: bool) -> Floats:
    """Of random splits of scaled rows into about `first` and the rest: the logarithm of how many times larger the error
    of the first part is than that of the rest, from whose own `count` components both are measured.

    The means of values and products of a split lie as much nearer to those of all rows as means of the whole sides
    do, so that components which hardly differ in variance are told apart as well, or as badly, as by these. (Not so of
    the mean `norm`, which is that of the rows of a sample.)
    """
    import numpy as np

    random, found = np.random.default_rng(20130301), [np.empty(0)]
    number, columns = rows.shape
    nearer = (1.0, 1.0) if norm else _nearer((first, number - first), whole)
    known = np.sqrt(np.where(whole.known > 0, whole.known, 1.0))  # deviations are those of the values that there are
    above = np.triu_indices(columns)
    parts = np.column_stack([rows, rows[:, above[0]] * rows[:, above[1]]])
    total = parts.sum(axis=0)
    for start in range(0, min(draws, MOST_DRAWS), _AT_ONCE):
        chosen = random.random((min(_AT_ONCE, min(draws, MOST_DRAWS) - start), number)) < first / number
        size = np.clip(chosen.sum(axis=1), 1, number - 1)[:, None]
        inside = chosen.astype(float) @ parts
        middle = total / number
        now = middle + (inside / size - middle) * nearer[0]
        then = middle + ((total - inside) / (number - size) - middle) * nearer[1]
        centre = then[:, :columns]
        learnt = _square(then[:, columns:], above, columns) - centre[:, :, None] * centre[:, None, :]
        deviation = np.sqrt(np.maximum(np.einsum("ijj->ij", learnt), 0.0))
        deviation = np.where(deviation > 1e-9, deviation, 1.0) / known
        learnt /= deviation[:, :, None] * deviation[:, None, :]
        directions = np.linalg.eigh(learnt)[1][:, :, ::-1][:, :, :count]
        if norm:
            made = zip(chosen, centre, deviation, directions, strict=True)
            found.append(np.array([_norm_ratio(rows, *each) for each in made]))
            continue
        off = now[:, :columns] - centre
        moments = _square(now[:, columns:], above, columns) - now[:, :columns, None] * now[:, None, :columns]
        moments = (moments + off[:, :, None] * off[:, None, :]) / (deviation[:, :, None] * deviation[:, None, :])
        found.append(0.5 * np.log(_rest(moments, directions) / _rest(learnt, directions)))
    return np.concatenate(found)


def _nearer(some: tuple[int, int], whole: Whole) -> tuple[float, float]:
    """How much smaller the deviations of either part's means from those of all rows are, of the whole than of some:
    their variance is in proportion to 1 / n - 1 / (n + m) where they settle at the rate 1/2.
    """
    sides, total = (whole.now, whole.then), whole.now + whole.then
    now, then = (((1 / sides[at] - 1 / total) / (1 / some[at] - 1 / sum(some))) ** whole.rate for at in range(2))
    return now, then


def _square(values: Floats, above: tuple[NDArray[np.intp], NDArray[np.intp]], columns: int) -> Floats:
    """Symmetric matrices (draws, columns, columns) from what stands on and above their diagonals."""
    import numpy as np

    found = np.empty((len(values), columns, columns))
    found[:, above[0], above[1]] = values
    found[:, above[1], above[0]] = values
    return found


def _rest(moments: Floats, directions: Floats) -> Floats:
    """The mean square that the directions leave, of each draw."""
    import numpy as np

    held = np.einsum("dij,dik,djk->d", moments, directions, directions, optimize=True)
    return np.asarray(np.maximum(np.einsum("dii->d", moments) - held, 1e-300))


def _norm_ratio(
    rows: Floats, chosen: NDArray[np.bool_], centre: Floats, deviation: Floats, directions: Floats
) -> float:
    """The logarithm of the mean norm of some rows over that of the others."""
    import numpy as np

    norms = Components(directions).norms((rows - centre) / deviation)
    return float(np.log(max(norms[chosen].mean(), 1e-300) / max(norms[~chosen].mean(), 1e-300)))


def _ranked(moments: Floats) -> Floats:
    """The principal directions, the one with most variance first."""
    import numpy as np

    return np.asarray(np.linalg.eigh(moments)[1][:, ::-1])


def _enough(moments: Floats, share: float) -> int:
    import numpy as np

    values = np.maximum(np.linalg.eigvalsh(moments)[::-1], 0.0)
    held = np.cumsum(values) / values.sum()
    return min(int(np.searchsorted(held, share, side="right")) + 1, len(values))
