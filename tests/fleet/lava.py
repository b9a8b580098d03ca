"""LAVA's own runner, on boards of the device type of integrations/lava/."""

import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from jinja2 import FileSystemLoader
from lava_common.jinja import create_device_templates_env

from lab import SECONDS, Lab

# What `lava-run` starts. LAVA has a fixed folder for what a job may download.
RUNNER = """
import lava_common.constants as constants
constants.DISPATCHER_DOWNLOAD_DIR = "downloads"
from lava_dispatcher.runner import main
raise SystemExit(main())
"""

# The results of a job, by suite and case.
Results = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Lava:
    """LAVA without a server: what its worker does with a job and a device."""

    lab: Lab
    device_types: tuple[Path, ...]

    def write_device(self, port: Path) -> Path:
        """The device of a board on this port, as the server makes it of its dictionary."""
        values = {
            "board_check": str(self.lab.board_check),
            "board_check_port": str(port),
            # LAVA resets a device before a job, and ends it behind.
            "hard_reset_command": "/bin/true",
            "power_off_command": "/bin/true",
        }
        lines = [f"{{% set {name} = '{value}' %}}" for name, value in values.items()]
        device = self.lab.folder / "device.yaml"
        device.write_text(self.render("\n".join(["{% extends 'board-check.jinja2' %}", *lines])))
        return device

    def render(self, dictionary: str) -> str:
        """The configuration of the device with this dictionary."""
        loader = FileSystemLoader([str(folder) for folder in self.device_types])
        text: str = create_device_templates_env(loader).from_string(dictionary).render()
        return text

    def write_job(self, board: str) -> Path:
        """What `board-check lava-job` writes."""
        written = self.lab.command("lava-job", board)
        assert written.returncode == 0, written.stderr
        job = self.lab.folder / "job.yaml"
        job.write_text(written.stdout)
        return job

    def run(self, job: Path, device: Path) -> Results:
        """Runs the job; gives what the server would show."""
        folder = self.lab.folder / "lava"
        options = ["--job-id=1", "--skip-sudo-warning", f"--output-dir={folder}"]
        done = subprocess.run(
            [sys.executable, "-c", RUNNER, *options, f"--device={device}", job],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10 * SECONDS,
            check=False,
            cwd=self.lab.folder,
            env=self.lab.environment(),
        )
        log = folder / "logs.yaml"
        assert log.is_file(), done.stdout + done.stderr
        results: Results = defaultdict(dict)
        for line in log.read_text().splitlines():
            # A list in YAML whose items are JSON.
            entry = json.loads(line.removeprefix("- "))
            if entry["lvl"] == "results":
                result = entry["msg"]
                results[result["definition"]][result["case"]] = result["result"]
        return results
