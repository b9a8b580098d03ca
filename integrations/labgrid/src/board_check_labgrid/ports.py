"""labgrid's serial resources, as board-check takes them."""

from labgrid import Target
from labgrid.resource import NetworkSerialPort, RemotePlace, SerialPort
from labgrid.util.proxy import proxymanager

from .errors import BoardCheckError

# What board-check calls the protocols of NetworkSerialPort.
SCHEMES = {"rfc2217": "rfc2217", "raw": "tcp"}


def line_arguments(port: SerialPort | NetworkSerialPort) -> list[str]:
    """`--port` and `--baud` for a resource.

    Raises:
        BoardCheckError: board-check has no such port.
    """
    return ["--port", _address(port), "--baud", str(port.speed)]


def place_of(target: Target) -> str:
    """What the lab calls the board: the name of its place, or of the target."""
    places = [each for each in target.resources if isinstance(each, RemotePlace)]
    return str(places[0].name if places else target.name)


def _address(port: SerialPort | NetworkSerialPort) -> str:
    if isinstance(port, SerialPort):
        if not port.port:
            raise BoardCheckError(f"{port.display_name} has no port. Is the adapter plugged in?")
        return str(port.port)
    scheme = SCHEMES.get(port.protocol)
    if scheme is None:
        known = " or ".join(SCHEMES)
        raise BoardCheckError(
            f"{port.display_name} has the protocol {port.protocol}; board-check speaks {known}."
        )
    host, number = proxymanager.get_host_and_port(port)
    if number is None:
        raise BoardCheckError(
            f"{port.display_name} has no port number. Is the exporter running, and the place"
            " acquired?"
        )
    return f"{scheme}://[{host}]:{number}" if ":" in host else f"{scheme}://{host}:{number}"
