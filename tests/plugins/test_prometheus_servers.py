"""Metrics through a real push gateway into a real Prometheus, and gateways that refuse."""

from __future__ import annotations

import base64
import contextlib
import re
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from driftline.api import RunReport
from driftline_prometheus import export, gateway
from driftline_prometheus.errors import ExportError
from driftline_prometheus.families import Exposition
from driftline_prometheus.targets import PushTarget
from tests.plugins import shop
from tests.services import prometheus
from tests.services.processes import free_port, wait_until

PLUGIN = Path(__file__).parents[2] / "plugins" / "driftline-prometheus"
PASSWORD = "correct-horse"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    """A run with open alerts."""
    return shop.run(shop.write(tmp_path_factory.mktemp("shop")), 72)


@pytest.fixture(scope="module")
def pushed() -> Iterator[prometheus.Gateway]:
    with prometheus.gateway() as running:
        yield running


@contextlib.contextmanager
def stub(*, read: int = 200, write: int = 200, body: bytes = b"", delay: float = 0) -> Iterator[tuple[str, list[str]]]:
    """A server that answers GET and PUT as told, after a while; its address, and the credentials that it was given."""
    given: list[str] = []
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, content: bytes) -> None:
            given.append(self.headers.get("Authorization", ""))
            closing.wait(delay)
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def do_GET(self) -> None:
            self.answer(read, b"" if read == 200 else body)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(write, body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", given
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def lines(of: prometheus.Gateway, labels: Mapping[str, str]) -> list[str]:
    """What a gateway holds of driftline's with these labels."""
    wanted = [f'{name}="{text}"' for name, text in labels.items()]
    return [
        line for line in of.metrics().splitlines() if line.startswith("driftline_") and all(w in line for w in wanted)
    ]


def test_a_push_arrives_in_prometheus_which_alerts(
    report: RunReport, pushed: prometheus.Gateway, tmp_path: Path
) -> None:
    export(report, f"push:{pushed.url}?job=driftline&document=shop")
    with prometheus.server(pushed, PLUGIN / "alerts.example.yml", tmp_path) as server:
        reading = 'driftline_reading{document="shop",monitor="amount-drift",segment=""}'
        wait_until(lambda: bool(server.query(reading)), "the scrape")
        (found,) = server.query(reading)
        expected = {one.series.text: one.value for one in report.results}["amount-drift/shop/amount"]
        assert float(found["value"][1]) == pytest.approx(expected)
        assert {name: found["metric"][name] for name in ("job", "document", "model", "check", "column")} == {
            "job": "driftline", "document": "shop", "model": "shop", "check": "psi", "column": "amount",
        }  # fmt: skip
        (count,) = server.query('count(driftline_alert{document="shop",state="firing"})')
        assert int(count["value"][1]) == len(report.alerts) == 4
        firing = [each for each in alerts(server) if each["labels"]["alertname"] == "DriftlineAlert"]
        assert {each["labels"]["severity"] for each in firing} == {"critical"}
        assert "amount-drift of shop, column amount" in {each["annotations"]["summary"] for each in firing}
        for expression in panels():
            assert server.query(expression) is not None, expression


def alerts(server: prometheus.Prometheus) -> list[dict[str, dict[str, str]]]:
    """What Prometheus alerts on, as soon as it does."""

    def found() -> list[dict[str, dict[str, str]]]:
        listed: list[dict[str, dict[str, str]]] = server.ask("alerts")["alerts"]
        return listed

    wait_until(lambda: any(each["labels"]["alertname"] == "DriftlineAlert" for each in found()), "the first evaluation")
    return found()


def panels() -> list[str]:
    """The queries of the README."""
    block = re.search(r"```promql\n(.*?)```", (PLUGIN / "README.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    return [line for line in block[1].splitlines() if not line.startswith("#")]


def test_the_queries_of_the_readme_and_the_rules_name_metrics_that_exist(
    report: RunReport, pushed: prometheus.Gateway
) -> None:
    export(report, f"push:{pushed.url}?document=names")
    exported = {re.split(r"[ {]", line)[0] for line in lines(pushed, {"document": "names"})}
    text = "\n".join([*panels(), (PLUGIN / "alerts.example.yml").read_text("utf-8")])
    rare = {"driftline_baseline_reading"}  # the shop has no check with a baseline's reading
    assert len(panels()) > 5
    assert set(re.findall(r"driftline_\w+", text)) <= exported | rare


def test_promtool_has_nothing_against_the_rules() -> None:
    assert "4 rules found" in prometheus.promtool("check", "rules", str(PLUGIN / "alerts.example.yml"))


def test_a_push_replaces_its_group_and_no_other(pushed: prometheus.Gateway, tmp_path: Path) -> None:
    configuration = shop.write(tmp_path)
    one, other = f"push:{pushed.url}?job=a/b&document=one", f"push:{pushed.url}?document=other"
    export(shop.run(configuration, 72), one)
    export(shop.run(configuration, 72), other)
    before = lines(pushed, {"document": "other"})
    assert lines(pushed, {"document": "one", "job": "a/b", "monitor": "amount-drift"})
    configuration.write_text(shop.MONITORS.replace("amount-drift:\n", "x-unused:\n"), "utf-8")
    export(shop.run(configuration, 72), one)
    assert not lines(pushed, {"document": "one", "monitor": "amount-drift"})
    assert lines(pushed, {"document": "other"}) == before


def test_a_monitor_that_was_not_run_keeps_its_series_in_the_gateway(pushed: prometheus.Gateway, tmp_path: Path) -> None:
    configuration = shop.write(tmp_path)
    target = f"push:{pushed.url}?document=kept"
    export(shop.run(configuration, 72), target)
    before = lines(pushed, {"document": "kept", "monitor": "amount-drift"})
    export(shop.run(configuration, 72.5, "orders-*"), target)
    assert lines(pushed, {"document": "kept", "monitor": "amount-drift"}) == before


def test_a_gateway_that_cannot_be_reached(report: RunReport) -> None:
    port = free_port()
    message = f"the push gateway http://127.0.0.1:{port} cannot be reached: Connection refused; is it running"
    with pytest.raises(ExportError, match=re.escape(message)) as caught:
        export(report, f"push:http://127.0.0.1:{port}")
    assert caught.value.exit_code == 4


def test_a_host_that_does_not_exist(report: RunReport) -> None:
    with pytest.raises(ExportError, match=r"http://gateway\.invalid:9091 cannot be reached: "):
        export(report, "push:http://gateway.invalid:9091")


@pytest.mark.parametrize(("read", "write"), [(200, 400), (200, 500), (404, 200), (503, 503)])
def test_a_gateway_that_refuses_is_quoted(report: RunReport, read: int, write: int) -> None:
    with stub(read=read, write=write, body=b"pushed metrics are\n inconsistent") as (host, _):
        code = write if read == 200 else read
        message = (
            rf"gateway http://{host} answered {code} .*: pushed metrics are inconsistent; nothing was changed there"
        )
        with pytest.raises(ExportError, match=message):
            export(report, f"push:http://{host}")


def test_a_real_gateway_that_refuses_is_quoted(pushed: prometheus.Gateway) -> None:
    message = "answered 400 .*; nothing was changed there"
    with pytest.raises(ExportError, match=message):
        gateway.write(PushTarget(pushed.url, "", {}), Exposition(()))


def test_credentials_are_sent_and_never_shown(report: RunReport) -> None:
    with stub(write=401) as (host, given), pytest.raises(ExportError, match="answered 401 Unauthorized; ") as caught:
        export(report, f"push:http://me:{PASSWORD}@{host}")
    assert given == ["Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()] * 2
    assert PASSWORD not in str(caught.value)


def test_a_gateway_that_hangs_is_given_up(report: RunReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "TIMEOUT", 0.2)
    started = time.monotonic()
    with stub(delay=30) as (host, _), pytest.raises(ExportError, match="cannot be reached: timed out"):
        export(report, f"push:http://{host}")
    assert time.monotonic() - started < 5


def test_an_address_that_is_no_gateway(report: RunReport) -> None:
    page = b"<html>hello</html>"
    with stub(body=page, read=201) as (host, _), pytest.raises(ExportError, match="is it a push gateway"):
        export(report, f"push:http://{host}")
