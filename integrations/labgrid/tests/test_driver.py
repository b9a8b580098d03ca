"""The drivers on real consoles: local ones, and behind a real ser2net."""

import fcntl
import os
import termios
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from labgrid.binding import BindingState

from board_check_labgrid import BoardCheckDriver, BoardCheckError, Verdict
from conftest import Serve, StartBoard

MakeTarget = Callable[[object, object], SimpleNamespace]


def local(console: Path) -> dict[str, object]:
    return {"RawSerialPort": {"port": str(console)}}


def network(number: int, protocol: str) -> dict[str, object]:
    return {"NetworkSerialPort": {"host": "127.0.0.1", "port": number, "protocol": protocol}}


def driver_of(target: SimpleNamespace) -> BoardCheckDriver:
    driver: BoardCheckDriver = target.get_driver(BoardCheckDriver)
    return driver


def test_a_board_on_a_local_port_is_judged_and_all_is_kept(
    make_target: MakeTarget, start_board: StartBoard, tmp_path: Path
) -> None:
    driver = driver_of(make_target(local(start_board()), {"BoardCheckDriver": {}}))
    report = driver.run(save_as=tmp_path / "kept" / "desk")
    assert report.is_pass
    assert not report.subset
    assert driver.report is report
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept == {"desk.capture", "desk.html", "desk.json"}


@pytest.mark.parametrize(
    ("accepter", "protocol"), [("telnet(rfc2217,mode=server),tcp", "rfc2217"), ("tcp", "raw")]
)
def test_a_board_behind_ser2net_is_judged(
    make_target: MakeTarget,
    start_board: StartBoard,
    serve: Serve,
    accepter: str,
    protocol: str,
) -> None:
    resources = network(serve(start_board(), accepter), protocol)
    report = driver_of(make_target(resources, {"BoardCheckDriver": {}})).run(only="seed.*")
    assert report.is_pass
    assert report.subset
    assert report.link is not None
    assert report.link.port.startswith({"rfc2217": "rfc2217://", "raw": "tcp://"}[protocol])


@pytest.mark.parametrize(
    ("accident", "verdict"),
    [
        ("panic", Verdict.CRASHED),
        ("oops", Verdict.CRASHED),
        ("reset", Verdict.CRASHED),
        ("hang", Verdict.INCOMPLETE),
    ],
)
def test_an_accident_is_in_the_report(
    make_target: MakeTarget, start_board: StartBoard, accident: str, verdict: Verdict
) -> None:
    console = start_board("--accident", accident)
    driver = driver_of(make_target(local(console), {"BoardCheckDriver": {"timeout": 3}}))
    report = driver.run(only="seed.*")
    assert report.verdict is verdict
    assert report.exit_code == {Verdict.CRASHED: 4, Verdict.INCOMPLETE: 3}[verdict]


def test_a_port_that_is_not_there_is_in_the_report(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target(local(tmp_path / "nosuch"), {"BoardCheckDriver": {}})
    report = driver_of(target).run()
    assert report.exit_code == 69
    assert str(tmp_path / "nosuch") in report.reason
    assert not report.is_pass


def test_a_port_that_somebody_has_is_in_the_report(
    make_target: MakeTarget, start_board: StartBoard
) -> None:
    console = start_board()
    holder = os.open(console, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    fcntl.ioctl(holder, termios.TIOCEXCL)
    report = driver_of(make_target(local(console), {"BoardCheckDriver": {}})).run()
    os.close(holder)
    assert report.exit_code == 75
    assert str(os.getpid()) in report.reason


def test_a_protocol_that_it_does_not_speak_is_named(make_target: MakeTarget) -> None:
    target = make_target(network(7, "carrier-pigeon"), {"BoardCheckDriver": {}})
    with pytest.raises(BoardCheckError, match="carrier-pigeon; board-check speaks rfc2217 or raw"):
        driver_of(target).run()


def test_a_port_without_a_number_is_named(make_target: MakeTarget) -> None:
    resources = {"NetworkSerialPort": {"host": "127.0.0.1", "port": None}}
    with pytest.raises(BoardCheckError, match=r"no port number\. Is the exporter running"):
        driver_of(make_target(resources, {"BoardCheckDriver": {}})).run()


def test_another_driver_of_the_port_is_deactivated_first(
    make_target: MakeTarget, start_board: StartBoard
) -> None:
    drivers: dict[str, object] = {"BoardCheckDriver": {}, "SerialDriver": {}}
    target = make_target(local(start_board()), drivers)
    serial = target.get_driver("SerialDriver")
    assert serial.state is BindingState.active
    assert driver_of(target).run(only="seed.*").is_pass
    assert serial.state is BindingState.bound
    target.activate(serial)


def test_the_rules_of_a_board_are_found_beside_the_environment(
    make_target: MakeTarget, start_board: StartBoard, tmp_path: Path
) -> None:
    (tmp_path / "rules.toml").write_text(
        'name = "qemu-aarch64"\nmachine = "other,machine"\n'
        '[console]\ndevice = "ttyS0"\nbaud = 115200\nwiring = "none"\n'
    )
    drivers = {"BoardCheckDriver": {"board": "rules.toml"}}
    report = driver_of(make_target(local(start_board()), drivers)).run(only="seed.*")
    assert any("other,machine" in note for note in report.notes)


@pytest.mark.parametrize("name", ["BoardCheckConsoleDriver", "ExternalConsoleDriver"])
def test_the_verified_console_says_the_verdict(
    make_target: MakeTarget, start_board: StartBoard, program: Path, name: str
) -> None:
    console = start_board("--accident", "oops")
    command = f"{program} console --port {console}"
    arguments = {"cmd": command} if name == "ExternalConsoleDriver" else {}
    driver = make_target(local(console), {name: arguments}).get_driver(name)
    _, before, _, _ = driver.expect(r"# board-check verdict CRASHED[^\r\n]*", timeout=30)
    assert b"not ok" in before
    assert b"run.verdict" in before
