"""A team's own folder of files: a check and a source that the configuration can name."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.commands import rows
from tests.commands.project import Project

CHECK = '''
    """How far the mean lies from a target of the team's own."""

    from __future__ import annotations

    from collections.abc import Mapping
    from dataclasses import dataclass
    from typing import ClassVar

    from driftline.api import Bounds, Check, ColumnType, Moment, Moments, MomentsProfile, NoData, Profile, ProfileSpec
    from driftline.api import Reading, Subject, Threshold, Value, param


    @dataclass(frozen=True)
    class OffTarget(Check):
        """Distance of the mean from a target."""

        kind: ClassVar[str] = "off_target"
        title: ClassVar[str] = "Distance from the target"
        column_types: ClassVar[frozenset[ColumnType]] = frozenset({ColumnType.NUMERIC})
        default_threshold: ClassVar[Threshold | None] = Threshold(critical=Bounds(above=1.0))

        target: float = param("Where the mean should lie.", default=0.0)

        def needs(self, on: Subject) -> dict[str, ProfileSpec]:
            return {"moments": Moments(on.the_column().name)}

        def read(
            self, on: Subject, at: Moment, window: Mapping[str, Profile], baseline: Mapping[str, Profile] | None
        ) -> Reading:
            moments = window["moments"]
            assert isinstance(moments, MomentsProfile)
            if moments.count == 0:
                return NoData("no values")
            return Value(abs(moments.mean - self.target), rows=moments.count)
'''
SOURCE = '''
    """Numbers that count the hours of January 2024."""

    from __future__ import annotations

    from dataclasses import dataclass
    from datetime import UTC, datetime, timedelta
    from typing import ClassVar

    import polars as pl

    from driftline.api import Interval, Source, SourceContext, param


    @dataclass(frozen=True)
    class Hours(Source):
        """One row per hour."""

        kind: ClassVar[str] = "hours"

        days: int = param("How many days there are.", minimum=1, default=1)

        def rows(self, context: SourceContext) -> pl.LazyFrame:
            start = datetime(2024, 1, 1, tzinfo=UTC)
            hours = range(24 * self.days)
            times = [start + timedelta(hours=hour) for hour in hours]
            return pl.LazyFrame({context.timestamp or "at": times, "hour": [hour % 24 for hour in hours]})

        def schema(self, context: SourceContext) -> dict[str, pl.DataType]:
            return dict(self.rows(context).collect_schema())

        def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
            rows, time = self.rows(context), pl.col(context.timestamp or "at")
            if span.start is not None:
                rows = rows.filter(time >= span.start)
            if span.end is not None:
                rows = rows.filter(time < span.end)
            return rows.select(columns)

        def extent(self, context: SourceContext) -> Interval:
            start = datetime(2024, 1, 1, tzinfo=UTC)
            return Interval(start, start + timedelta(hours=24 * self.days - 1))

        def row_count(self, context: SourceContext) -> int | None:
            return 24 * self.days
'''
CONFIG = """
version: 1
sources: {clock: {type: hours, days: 3, timestamp: at}}
models: {m: {source: clock, features: [hour]}}
monitors:
  mean: {check: mean, min_rows: 24, threshold: none}
  target: {check: off_target, params: {target: 10}, min_rows: 24}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    folder = project.folder / "kinds"
    folder.mkdir()
    (folder / "off_target.py").write_text(dedent(CHECK), "utf-8")
    (folder / "hours.py").write_text(dedent(SOURCE), "utf-8")
    project.write(CONFIG)
    return project


def test_a_check_and_a_source_of_ones_own_are_used_like_those_that_ship(shop: Project) -> None:
    done = shop.run("--at", rows.day(2), "--plugins", str(shop.folder / "kinds"))
    assert done.one("mean")["value"] == pytest.approx(11.5)
    assert (done.one("target")["value"], done.one("target")["status"]) == (pytest.approx(1.5), "critical")
    assert done.code == 1


def test_the_folder_may_be_named_by_the_environment(shop: Project) -> None:
    done = shop.process("run", "--at", "latest", "--format", "json", env={"DRIFTLINE_PLUGINS": "kinds"})
    assert done.code == 1
    assert done.one("target")["status"] == "critical"


def test_a_typo_in_a_parameter_of_ones_own_is_placed_like_any_other(shop: Project) -> None:
    shop.write(CONFIG.replace("target: 10", "targt: 10"))
    done = shop.run("--plugins", str(shop.folder / "kinds"))
    assert done.code == 2
    assert "monitors.yaml:6:" in done.stderr
    assert "did you mean `target`" in done.stderr


def test_without_the_folder_the_kinds_are_unknown(shop: Project) -> None:
    done = shop.run()
    assert done.code == 2
    assert "off_target" in done.stderr
    assert "hours" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [("1 / 0", "division by zero"), ("def f(:", "invalid syntax"), ("import nowhere_at_all", "nowhere")],
)
def test_a_plug_in_that_does_not_load_is_named(shop: Project, text: str, said: str) -> None:
    (shop.folder / "kinds" / "broken.py").write_text(text, "utf-8")
    done = shop.run("--at", rows.day(2), "--plugins", str(shop.folder / "kinds"))
    assert done.code == 2
    assert "broken.py does not load: " in done.stderr
    assert said in done.stderr


def test_a_file_that_is_not_named_like_its_kind_is_refused(shop: Project) -> None:
    kinds = shop.folder / "kinds"
    (kinds / "off_target.py").rename(kinds / "target.py")
    (kinds / "_shared.py").write_text("NOT_A_KIND = 1", "utf-8")
    done = shop.run("--plugins", str(kinds))
    assert done.code == 2
    assert "target.py holds no check or source whose `kind` is 'target', the name of the file" in done.stderr


def test_a_folder_that_is_not_there_is_a_usage_error(shop: Project) -> None:
    done = shop.run("--plugins", str(Path("nowhere") / "at-all"))
    assert done.code == 2
    assert "the plug-in folder nowhere/at-all does not exist; correct --plugins or DRIFTLINE_PLUGINS" in done.stderr
