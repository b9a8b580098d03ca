"""The examples are what labgrid reads."""

from pathlib import Path

import pytest
from labgrid import Environment, target_factory
from labgrid.remote.config import ResourceConfig

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.rglob("env*.yaml")), ids=lambda path: str(path.relative_to(EXAMPLES))
)
def test_an_environment_has_drivers_and_resources_that_exist(path: Path) -> None:
    environment = Environment(str(path))
    targets = environment.config.get_targets()
    assert targets
    for config in targets.values():
        resources, drivers = target_factory.normalize_config(config)
        assert set(resources) <= set(target_factory.resources)
        assert drivers
        assert set(drivers) <= set(target_factory.drivers)
        for name, instances in drivers.items():
            known = {field.name for field in target_factory.drivers[name].__attrs_attrs__}
            for arguments, _ in instances.values():
                assert set(arguments) <= known


@pytest.mark.parametrize(("folder", "groups"), [("one-board", 1), ("ten-boards", 10), ("mixed", 1)])
def test_an_exporter_has_a_console_for_each_board(folder: str, groups: int) -> None:
    config = ResourceConfig(str(EXAMPLES / folder / "exporter.yaml"))
    assert len(config.data) == groups
    assert all("USBSerialPort" in group for group in config.data.values())
