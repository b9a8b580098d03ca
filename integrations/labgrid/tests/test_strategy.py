"""The strategy, with power that really starts and ends a board."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from labgrid.strategy import StrategyError

from board_check_labgrid import BoardCheckStrategy, Status

MakeStrategy = Callable[..., BoardCheckStrategy]

# Switched on in a session of its own, so that it outlives the command.
POWER = """#!/bin/sh
cd "$(dirname "$0")"
case $1 in
on) setsid {board} console {arguments} >/dev/null 2>&1 & echo $! >pid
   for _ in $(seq 200); do [ -L console ] || sleep 0.1; done ;;
off) [ ! -f pid ] || kill "$(cat pid)"; rm -f pid console ;;
esac
"""


@pytest.fixture
def make_strategy(
    make_target: Callable[[object, object], SimpleNamespace], terminal_board: Path, tmp_path: Path
) -> MakeStrategy:
    def make(*arguments: str) -> BoardCheckStrategy:
        power = tmp_path / "power"
        power.write_text(POWER.format(board=terminal_board, arguments=" ".join(arguments)))
        power.chmod(0o755)
        resources = {"RawSerialPort": {"port": str(tmp_path / "console")}}
        drivers = {
            "ExternalPowerDriver": {"cmd_on": f"{power} on", "cmd_off": f"{power} off"},
            "BoardCheckDriver": {"timeout": 5},
            "BoardCheckStrategy": {},
        }
        strategy: BoardCheckStrategy = make_target(resources, drivers).get_driver("Strategy")
        return strategy

    return make


def test_a_board_goes_from_off_to_verified(make_strategy: MakeStrategy, tmp_path: Path) -> None:
    strategy = make_strategy()
    assert strategy.report is None
    strategy.transition("verified")
    assert strategy.status is Status.verified
    assert strategy.report is not None
    assert strategy.report.is_pass
    first = strategy.report.run
    strategy.transition(Status.verified)
    assert strategy.report.run == first
    strategy.transition("off")
    assert not (tmp_path / "pid").exists()
    strategy.transition("on")
    strategy.transition("verified")
    assert first is not None
    assert strategy.report.run is not None
    assert strategy.report.run.boot != first.boot
    strategy.transition("off")


def test_a_board_that_fails_breaks_the_strategy(make_strategy: MakeStrategy) -> None:
    strategy = make_strategy("--fails", "data.vmalloc.two-mappings")
    with pytest.raises(StrategyError) as broken:
        strategy.transition("verified")
    assert "FAIL: 1 of " in str(broken.value.__cause__)
    assert strategy.status is Status.on
    assert strategy.report is not None
    with pytest.raises(StrategyError, match="broken state"):
        strategy.transition("on")
    strategy.power.off()


def test_there_is_no_way_to_an_unknown_state(make_strategy: MakeStrategy) -> None:
    with pytest.raises(StrategyError):
        make_strategy().transition("unknown")


def test_a_forced_state_is_taken_as_it_is(make_strategy: MakeStrategy) -> None:
    strategy = make_strategy()
    strategy.force("on")
    assert strategy.status is Status.on
