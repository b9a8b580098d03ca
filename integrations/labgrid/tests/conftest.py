"""Real programs: BOARD_CHECK and TERMINAL_BOARD in the environment say where they are."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from labgrid import Environment
from labgrid.util import get_free_port

pytest_plugins = ["pytester"]

SECONDS = 20.0

# Starts a board, and gives the path of its console.
StartBoard = Callable[..., Path]
# Writes an environment of targets with these resources and drivers, and gives its path.
WriteEnvironment = Callable[..., Path]
# Serves a console over TCP: path and kind of accepter; gives the port number.
Serve = Callable[[Path, str], int]


def _program(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        pytest.exit(f"{variable} must be the path of a program; `make test-fleet` sets it", 2)
    return Path(path).resolve(strict=True)


@pytest.fixture(scope="session")
def program() -> Path:
    return _program("BOARD_CHECK")


@pytest.fixture(scope="session")
def terminal_board() -> Path:
    return _program("TERMINAL_BOARD")


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """board-check sees no settings of this machine, and keeps its captures here."""
    for name in [name for name in os.environ if name.startswith(("BOARD_CHECK_", "LG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def processes() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """What is in the list is ended after the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        process.wait(SECONDS)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Waits, but not for ever."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {SECONDS} s"
        time.sleep(0.02)


@pytest.fixture
def start_board(
    tmp_path: Path, terminal_board: Path, processes: list["subprocess.Popen[bytes]"]
) -> StartBoard:
    def start(*arguments: str) -> Path:
        console = tmp_path / f"console{len(processes)}"
        processes.append(subprocess.Popen([terminal_board, console, *arguments]))
        wait_until(console.is_symlink, "the board")
        return console

    return start


@pytest.fixture
def serve(processes: list["subprocess.Popen[bytes]"]) -> Serve:
    """ser2net, as labgrid's exporter starts it."""

    def start(console: Path, accepter: str) -> int:
        number = int(get_free_port())
        lines = [
            f"connection: &con01#  accepter: {accepter},127.0.0.1,{number}",
            f"  connector: serialdev(nouucplock=true),{console.resolve()},115200n81,local",
            "  options:",
            "    max-connections: 10",
        ]
        options = [word for line in lines for word in ("-Y", line)]
        processes.append(subprocess.Popen(["/usr/sbin/ser2net", "-d", "-n", *options]))
        wait_until(lambda: _listens(number), "ser2net")
        return number

    return start


def _listens(number: int) -> bool:
    wanted = f" 0100007F:{number:04X} "
    return any(
        wanted in line and line.split()[3] == "0A"
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
    )


@pytest.fixture
def write_environment(tmp_path: Path, program: Path) -> WriteEnvironment:
    def write(**targets: object) -> Path:
        path = tmp_path / "env.yaml"
        content = {
            "targets": targets,
            "imports": ["board_check_labgrid"],
            "tools": {"board-check": str(program)},
        }
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.fixture
def make_target(write_environment: WriteEnvironment) -> Iterator[Callable[..., SimpleNamespace]]:
    """A target of labgrid with these resources and drivers."""
    environments = []

    def make(resources: object, drivers: object) -> SimpleNamespace:
        path = write_environment(main={"resources": resources, "drivers": drivers})
        environment = Environment(str(path))
        environments.append(environment)
        target: SimpleNamespace = environment.get_target()
        return target

    yield make
    for environment in environments:
        environment.cleanup()
