"""What goes wrong in a lab: one sentence, an error for each item, and no stuck place."""

import json

import pytest

from board_check_labgrid import Report, Verdict
from lab import Lab, wait_until

SEEDS = "only='seed.*'"


def prepare(lab: Lab, *boards: str) -> None:
    """A lab with these boards, in places that nobody has."""
    lab.start_coordinator()
    lab.start_exporter("exporter", {board: lab.start_made_up(board) for board in boards})
    for board in boards:
        lab.make_place(board)


def assert_errors(lab: Lab, words: str, user: str = "tester") -> None:
    """No item of the board is green, and each has these words."""
    run = lab.pytest(lab.write_environment(["desk"], timeout=5), SEEDS, user=user)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert " passed" not in run.stdout
    assert "5 errors" in run.stdout
    assert run.stdout.count(words) == 5, run.stdout


def test_the_coordinator_is_down(lab: Lab) -> None:
    assert_errors(lab, f"desk: Could not connect to coordinator {lab.coordinator}")


def test_a_place_that_does_not_exist(lab: Lab) -> None:
    lab.start_coordinator()
    assert_errors(lab, "desk: place pattern desk matches nothing.")


def test_a_place_that_nobody_has_acquired(lab: Lab) -> None:
    prepare(lab, "desk")
    assert_errors(lab, "desk: place desk is not acquired.")


def test_a_place_that_somebody_else_has(lab: Lab) -> None:
    prepare(lab, "desk")
    lab.client("-p", "desk", "acquire", user="other", check=True)
    assert_errors(lab, "desk: place desk is not acquired by your user, acquired by other.")
    lab.client("-p", "desk", "release", user="other", check=True)


def test_an_exporter_that_is_gone(lab: Lab) -> None:
    lab.start_coordinator()
    consoles = {"desk": lab.start_made_up("desk")}
    exporter = lab.start_exporter("exporter", consoles)
    lab.make_place("desk")
    lab.acquire("desk")
    exporter.terminate()
    exporter.wait()
    wait_until(lambda: "desk" not in lab.resources(), "the end of the exporter")
    assert_errors(
        lab, "desk: place desk has an orphaned resource (exporter exporter disconnected?)."
    )
    lab.release("desk")
    lab.start_exporter("exporter", consoles)
    lab.acquire("desk")


def test_two_clients_on_one_port(lab: Lab) -> None:
    lab.start_coordinator()
    lab.start_exporter("exporter", {"desk": lab.start_made_up("desk", "--check-ms", "5")})
    lab.make_place("desk")
    lab.acquire("desk")
    environment = json.loads(lab.write_environment(["desk"], timeout=20).read_text())
    targets = environment["targets"]
    targets["again"] = targets["desk"]
    path = lab.folder / "env.yaml"
    path.write_text(json.dumps(environment))
    run = lab.pytest(path, "", "--numprocesses=2", "--dist=loadgroup")
    reports = [Report.read(file.read_bytes()) for file in (lab.folder / "results").glob("*.json")]
    assert len(reports) == 2, run.stdout + run.stderr
    # The board has one run at a time, so one of them has had all of it; nobody takes it for
    # that of the other.
    passed = [report for report in reports if report.is_pass]
    assert passed, [report.reason for report in reports]
    assert len({report.run.nonce for report in passed if report.run}) == len(passed)
    for report in reports:
        assert report.is_pass or report.verdict is Verdict.INCOMPLETE, report.reason
    lab.release("desk")
