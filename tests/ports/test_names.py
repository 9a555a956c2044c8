"""Players name instruments as they see them; systems add numbers that change."""

import pytest

from agent.ports.names import is_virtual, matching, plain_name

PORTS = [
    "Midi Through:Midi Through Port-0 14:0",
    "Launchkey MK3:Launchkey Keys 20:0",
    "Launchkey MK3:Launchkey DAW 20:1",
    "USB 2",
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("launchkey", PORTS[1:3]),
        ("Launchkey  DAW", PORTS[2:3]),
        ("launchkey mk3:*keys", PORTS[1:2]),
        ("/daw$|usb/", PORTS[2:]),
        ("*", PORTS[1:]),
        ("midi through", PORTS[:1]),
        ("usb", PORTS[3:]),
        ("piano", []),
    ],
)
def test_ports_are_meant_by_name(pattern, found):
    assert matching(pattern, PORTS) == found


def test_the_numbers_of_the_system_do_not_belong_to_the_name():
    assert plain_name("Launchkey MK3:Launchkey Keys 20:0") == "launchkey mk3:launchkey keys"


@pytest.mark.parametrize(("pattern", "virtual"), [("", True), (" Virtual ", True), ("virtual piano", False)])
def test_an_empty_wish_is_for_a_port_of_our_own(pattern, virtual):
    assert is_virtual(pattern) is virtual
