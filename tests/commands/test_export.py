"""`driftline run --export`: the command, an installed exporter, and what becomes of a target that cannot be used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins import shop
from tests.services.processes import free_port
from tests.services.prometheus import promtool

ENGINE = Path(__file__).parents[2] / "engine"
AS_OF = "2026-03-04T00:00:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shop.write(tmp_path)
    return tmp_path


def driftline(folder: Path, *exports: str) -> subprocess.CompletedProcess[str]:
    arguments = [argument for export in exports for argument in ("--export", export)]
    command = [sys.executable, "-m", "driftline.cli.main", "run", "--at", AS_OF, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ENGINE)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_run_exports_to_a_text_file(folder: Path) -> None:
    done = driftline(folder, "prometheus=file:shop.prom?document=shop")
    assert (done.returncode, done.stderr) == (1, "")  # 1: there is a critical verdict
    written = (folder / "shop.prom").read_text("utf-8")
    labels = 'check="psi",column="amount",document="shop",model="shop",monitor="amount-drift",source="orders"'
    assert f'driftline_verdict{{{labels},status="critical"}} 1.0' in written.splitlines()
    assert 'driftline_run_verdicts{document="shop",status="error"} 0.0' in written.splitlines()
    assert promtool("check", "metrics", text=written) == ""


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("prometheus=ftp:somewhere", 2, "error: --export prometheus: ftp: is not known; write file:PATH or push:URL"),
        ("prometheus=file:missing/x.prom", 4, "error: the metrics file missing/x.prom cannot be written: No such file"),
        ("prometheus=push:http://127.0.0.1:{port}", 4, "cannot be reached: Connection refused; is it running"),
    ],
)
def test_an_export_that_fails_is_one_line_after_the_result(folder: Path, target: str, code: int, message: str) -> None:
    done = driftline(folder, target.format(port=free_port()))
    assert done.returncode == code
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "amount-drift/shop/amount" in done.stdout


def test_an_exporter_that_is_not_there_is_said_before_the_run(folder: Path) -> None:
    done = driftline(folder, "statsd=file:x")
    assert done.returncode == 2
    assert "there is no exporter statsd; prometheus" in done.stderr
    assert done.stdout == ""
    assert not (folder / ".driftline").exists()
