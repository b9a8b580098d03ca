"""LAVA's own runner and schemas with what integrations/lava/ and `board-check lava-job` give it."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from lava_common.schemas import validate
from lava_common.schemas.test import testdef

from lab import ROOT, Lab
from lava import Lava

INTEGRATION = ROOT / "integrations" / "lava"
SUITE = "board-check"


@pytest.fixture
def lava(lab: Lab) -> Lava:
    templates = Path(os.environ["LAVA"]) / "usr" / "share" / "lava-server" / "device-types"
    return Lava(lab, (INTEGRATION, templates.resolve(strict=True)))


def monitor(job: Path) -> dict[str, Any]:
    """What the job says of its results."""
    (found,) = yaml.safe_load(job.read_text())["actions"][1]["test"]["monitors"]
    result: dict[str, Any] = found
    return result


def test_the_job_of_each_board_is_one(lava: Lava) -> None:
    boards = [path.parent.name for path in (ROOT / "board").glob("*/board.toml")]
    assert boards
    for board in boards:
        job = yaml.safe_load(lava.write_job(board).read_text())
        validate(job, strict=True)
        assert job["device_type"] == "board-check"
        assert job["tags"] == [board]


@pytest.mark.parametrize(
    ("arguments", "failing"),
    [
        ((), set()),
        (("--fails", "attr.wc-nc.user"), {"attr_wc_nc_user", "run_verdict"}),
    ],
)
def test_a_job_has_every_result(lava: Lava, arguments: tuple[str, ...], failing: set[str]) -> None:
    job = lava.write_job("qemu-aarch64")
    results = lava.run(job, lava.write_device(lava.lab.start_made_up("board", *arguments)))
    assert set(results[SUITE]) == set(monitor(job)["expected"])
    found = {name for name, result in results[SUITE].items() if result != "pass"}
    assert found == failing
    # Why nobody shall look at this one.
    assert results["lava"]["job"] == "pass"


def test_what_a_board_never_said_has_failed(lava: Lava) -> None:
    job = lava.write_job("qemu-aarch64")
    results = lava.run(
        job, lava.write_device(lava.lab.start_made_up("board", "--accident", "panic"))
    )
    assert set(results[SUITE]) == set(monitor(job)["expected"])
    passed = {name for name, result in results[SUITE].items() if result == "pass"}
    assert passed == {"seed_vmalloc_pattern", "seed_kmalloc_pattern"}


def test_without_a_board_everything_has_failed(lava: Lava) -> None:
    job = lava.write_job("qemu-aarch64")
    results = lava.run(job, lava.write_device(lava.lab.folder / "nothing"))
    assert results[SUITE] == dict.fromkeys(monitor(job)["expected"], "fail")


def test_a_board_in_qemu_passes(lava: Lava) -> None:
    job = lava.write_job("qemu-aarch64")
    console = lava.lab.start_qemu("board", "qemu-aarch64", "arm64")
    results = lava.run(job, lava.write_device(console))
    assert set(results[SUITE]) == set(monitor(job)["expected"])
    assert set(results[SUITE].values()) <= {"pass", "skip"}
    assert results[SUITE]["run_verdict"] == "pass"


def test_the_definition_for_a_shell_reads_results_as_the_job_does(lava: Lava) -> None:
    definition = yaml.safe_load((INTEGRATION / "board-check.yaml").read_text())
    testdef.validate(definition)
    of_job = monitor(lava.write_job("qemu-aarch64"))
    assert definition["parse"] == {key: of_job[key] for key in ("pattern", "fixupdict")}


def test_the_example_of_a_device_is_reached_through_the_verified_console(lava: Lava) -> None:
    device = yaml.safe_load(lava.render((INTEGRATION / "board.jinja2").read_text()))
    (connection,) = device["commands"]["connections"].values()
    words = connection["connect"].split()
    assert words[:3] == ["board-check", "console", "--port"]
    assert words[3].startswith("/dev/serial/by-id/")
    assert words[4:] == ["--baud", "115200"]
    assert connection["tags"] == ["primary"]
    assert "minimal" in device["actions"]["boot"]["methods"]
