"""A lab on the loopback: labgrid's coordinator and exporters, ser2net, and boards."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labgrid.util import get_free_port

from board_check_labgrid import Report

# Boards beside each other on a slow machine; a lab that works needs a fraction of it.
SECONDS = 120.0

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], bool], what: str, pause: float = 0.1) -> None:
    """Waits, but not for ever."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {SECONDS:.0f} s"
        time.sleep(pause)


def _resource(console: Path | int) -> dict[str, dict[str, object]]:
    """That of an exporter."""
    if isinstance(console, Path):
        return {"RawSerialPort": {"port": str(console.resolve())}}
    port = {"host": "127.0.0.1", "port": console, "speed": 115200, "protocol": "rfc2217"}
    return {"NetworkSerialPort": dict(port)}


@dataclass
class Lab:
    """What runs, and how to talk to it."""

    folder: Path
    board_check: Path
    terminal_board: Path
    coordinator: str = field(default_factory=lambda: f"127.0.0.1:{get_free_port()}")
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    # Those of them that are boards.
    boards: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, *command: str | Path) -> "subprocess.Popen[bytes]":
        """Starts what runs until the end of the test; its output goes to a file."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self.environment(),
            )
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Ends all, the last one first."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def environment(self, user: str = "tester") -> dict[str, str]:
        """No settings of this machine; a user of labgrid with a name."""
        return {
            "PATH": f"{BIN}:{os.environ['PATH']}:/usr/sbin",
            "HOME": str(self.folder),
            "LG_COORDINATOR": self.coordinator,
            "LG_USERNAME": user,
            "LG_HOSTNAME": "bench",
            # Where the package is installed.
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }

    def start_made_up(self, name: str, *arguments: str) -> Path:
        """Starts a made-up board; gives its console."""
        console = self.folder / name
        self.boards[name] = self.start(f"{name}-board", self.terminal_board, console, *arguments)
        wait_until(console.is_symlink, name)
        return console

    def start_qemu(self, name: str, board: str, image: str, more: str = "") -> Path:
        """Starts QEMU with the image of a board; gives its console.

        Args:
            name: of the board in the lab
            board: the machine
            image: its folder in `output`
            more: on the kernel's command line
        """
        console = self.folder / name
        script = ROOT / "mk" / "scripts" / "qemu.sh"
        words = (script, board, ROOT / "output" / image, console)
        self.boards[name] = self.start(f"{name}-qemu", "env", f"CMDLINE_EXTRA={more}", *words)
        wait_until(console.exists, name)
        return console

    def open(self, consoles: Mapping[str, Path]) -> None:
        """Has every board exported, and in a place that the tester has."""
        self.start_coordinator()
        self.start_exporter("exporter", consoles)
        for board in consoles:
            self.make_place(board)
            self.acquire(board)

    def close(self, boards: Iterable[str]) -> None:
        """No place is stuck."""
        for board in boards:
            self.release(board)
            self.client("-p", board, "delete", check=True)

    def acquire(self, board: str) -> None:
        """The place of the board is the tester's."""
        self.client("-p", board, "acquire", check=True)

    def release(self, board: str) -> None:
        """And anybody's again."""
        self.client("-p", board, "release", check=True)

    def reports(self) -> dict[str, Report]:
        """Those that a test run left, by place."""
        paths = (self.folder / "results").glob("*.json")
        reports = [Report.read(path.read_bytes()) for path in paths]
        return {str(report.place): report for report in reports}

    def start_coordinator(self) -> "subprocess.Popen[bytes]":
        """Labgrid's coordinator, ready for clients."""
        process = self.start("coordinator", BIN / "labgrid-coordinator", "-l", self.coordinator)
        wait_until(lambda: self.client("places").returncode == 0, "the coordinator")
        return process

    def start_exporter(
        self, name: str, consoles: Mapping[str, Path | int]
    ) -> "subprocess.Popen[bytes]":
        """An exporter with a serial port for each board, in a group of its name.

        Args:
            name: of the exporter
            consoles: serial ports, and TCP ports of servers that the exporter does not start
        """
        groups = {board: _resource(console) for board, console in consoles.items()}
        path = self.folder / f"{name}.yaml"
        # JSON is YAML.
        path.write_text(json.dumps(groups))
        exporter = BIN / "labgrid-exporter"
        process = self.start(name, exporter, "--name", name, "--hostname", "127.0.0.1", path)
        wait_until(lambda: all(map(self.resources().__contains__, consoles)), f"exporter {name}")
        return process

    def start_ser2net(self, name: str, console: Path, port: int) -> "subprocess.Popen[bytes]":
        """A server of one serial port, as a lab has it besides labgrid's own ones."""
        path = self.folder / f"{name}-ser2net.yaml"
        accepter = f"telnet(rfc2217,mode=server),tcp,127.0.0.1,{port}"
        connector = f"serialdev(nouucplock=true),{console.resolve()},115200n81,local"
        path.write_text(
            f"connection: &board\n  accepter: {accepter}\n  connector: {connector}\n"
            "  options: {max-connections: 10}\n"
        )
        return self.start(f"{name}-ser2net", "ser2net", "-d", "-n", "-c", path)

    def resources(self) -> str:
        """Those that the coordinator knows."""
        return self.client("resources").stdout

    def make_place(self, board: str) -> None:
        """A place that has the board's console."""
        self.client("-p", board, "create", check=True)
        self.client("-p", board, "add-match", f"*/{board}/*", check=True)

    def client(
        self, *arguments: str, user: str = "tester", check: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        """labgrid-client."""
        return subprocess.run(
            [BIN / "labgrid-client", *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=check,
            env=self.environment(user),
        )

    def command(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """board-check itself."""
        return subprocess.run(
            [self.board_check, *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env=self.environment(),
        )

    def write_environment(self, boards: Iterable[str], **driver: object) -> Path:
        """An environment that has these places as targets."""
        targets = {
            board: {
                "resources": {"RemotePlace": {"name": board}},
                "drivers": {"BoardCheckDriver": driver},
            }
            for board in boards
        }
        content = {
            "targets": targets,
            "imports": ["board_check_labgrid"],
            "tools": {"board-check": str(self.board_check)},
        }
        path = self.folder / "env.yaml"
        path.write_text(json.dumps(content))
        return path

    def pytest(
        self, environment: Path, marker: str, *options: str | Path, user: str = "tester"
    ) -> "subprocess.CompletedProcess[str]":
        """A test run over the boards; reports are in `results`, JUnit in `junit.xml`."""
        test = self.folder / "test_board.py"
        test.write_text(
            f"import pytest\n\n\n@pytest.mark.board_check({marker})\n"
            "def test_board(board_check):\n    pass\n"
        )
        return subprocess.run(
            [
                BIN / "pytest",
                "--lg-env",
                environment,
                "--board-check-dir=results",
                "--junitxml=junit.xml",
                "-p",
                "no:cacheprovider",
                *options,
                test.name,
            ],
            capture_output=True,
            text=True,
            timeout=10 * SECONDS,
            check=False,
            cwd=self.folder,
            env=self.environment(user),
        )
