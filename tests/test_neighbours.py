"""Two of us on one computer: the second one's ports are ten higher, and what a rig names is left as it is."""

from __future__ import annotations

import socket
from pathlib import Path

from agent.config import Config, change, load
from agent.neighbours import beside_others, is_free

UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM
FIRST = {(9010, UDP), (9010, TCP), (9011, TCP)}


def beside(taken: set[tuple[int, socket.SocketKind]], config: Config) -> tuple[Config, str]:
    return beside_others(config, lambda host, port, kind: (port, kind) not in taken)


def ports(config: Config) -> tuple[str, int, int, int]:
    return config.agent.name, config.osc.listen, config.osc.tcp, config.osc.query


def test_alone_it_has_the_usual_ports_and_says_nothing() -> None:
    assert beside(set(), Config()) == (Config(), "")


def test_the_second_and_the_third_are_ten_and_twenty_higher_and_say_so() -> None:
    second, told = beside(FIRST, Config())
    assert ports(second) == ("Antiphon 2", 9020, 9020, 9021)
    assert told == (
        "the usual ports are taken, so here it is osc.listen 9020, osc.tcp 9020, osc.query 9021; we are 'Antiphon 2'"
    )
    third, _ = beside(FIRST | {(9020, UDP)}, Config())
    assert ports(third) == ("Antiphon 3", 9030, 9030, 9031)


def test_what_a_rig_or_an_option_names_stays_even_where_it_cannot_be_had(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text("[agent]\nname = 'Left'\n[osc]\nlisten = 9010\ntcp = 0\n")
    config, _ = beside(FIRST, change(load(rig), music={"density": 0.7}))
    assert ports(config) == ("Left", 9010, 0, 9021)
    assert beside({(9010, UDP)}, load(rig)) == (load(rig), "")


def test_where_nothing_is_free_the_rig_is_left_to_fail_with_its_sentences() -> None:
    assert beside_others(Config(), lambda host, port, kind: False) == (Config(), "")


def test_a_port_is_taken_as_long_as_somebody_listens_there() -> None:
    with socket.socket(socket.AF_INET, TCP) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not is_free("127.0.0.1", port, TCP) and is_free("127.0.0.1", port, UDP)
    assert is_free("127.0.0.1", port, TCP)
