"""From archives to weights: small enough to run everywhere, stopped and taken up again."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from models.data import Corpus, PrepareSettings, prepare, split_of
from models.train import train
from models.vocabulary import PITCHES
from tests.models.makings import corpus_of, settings_for

ENOUGH_STEPS = 120
PATIENCE_SECONDS = 90.0
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def corpus_path(tmp_path_factory):
    return corpus_of(tmp_path_factory.mktemp("data"))


def test_archives_become_pieces_with_parts_beats_and_chords(corpus_path):
    corpus = Corpus(corpus_path)
    assert len(corpus) == 40
    piece = corpus.piece(0)
    assert piece.notes[:4, 1].tolist() == [0, 1, 1, 1]  # first voice leads, the others accompany
    assert piece.notes[:, 0].tolist() == sorted(piece.notes[:, 0].tolist())
    assert piece.beat_in_bar[:5].tolist() == [0, 1, 2, 3, 0]
    assert (np.diff(np.unique(piece.notes[:, 0])) == 24).all()


def test_preparing_twice_gives_the_same_corpus(corpus_path):
    first = corpus_path.read_bytes()
    root = corpus_path.parent.parent
    assert prepare(PrepareSettings(root, root / "out", processes=1)).read_bytes() == first


def test_near_duplicates_stay_in_one_split(corpus_path):
    corpus = Corpus(corpus_path)
    splits = [{i for i in corpus.members(split, "js_fakes")} for split in ("train", "valid", "test")]
    twins = {i for i, name in enumerate(corpus.names) if name in {f"js_fakes/set/{n}.mid" for n in range(5)}}
    assert sum(bool(twins & split) for split in splits) == 1


def test_about_ninety_in_a_hundred_songs_are_for_training():
    drawn = [split_of(f"song {i}") for i in range(3000)]
    assert 0.87 < drawn.count("train") / 3000 < 0.93
    assert drawn.count("valid") > 60 and drawn.count("test") > 100


def test_a_missing_corpus_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="antiphon train"):
        Corpus(tmp_path / "corpus.safetensors")


def free_tcp_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def log_of(out):
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_training_learns_and_goes_on_where_it_stopped(corpus_path, tmp_path):
    settings = settings_for(corpus_path, tmp_path / "run")
    steps = [0]
    while len(steps) < 3 or steps[-1] < ENOUGH_STEPS:
        train(settings)
        steps.append(log_of(settings.out)[-1]["step"])
        settings = replace(settings, minutes=settings.minutes + 0.03)
    last = log_of(settings.out)[-1]
    assert steps == sorted(set(steps))
    assert last["minutes"] >= settings.minutes - 0.031
    assert last["valid"]["pitch/comp"] < 0.95 * log(PITCHES)  # less surprised than by a key struck blindly
    assert (settings.out / "weights.safetensors").stat().st_size > 0


def test_a_finished_run_does_not_train_on(corpus_path, tmp_path):
    settings = settings_for(corpus_path, tmp_path / "run", minutes=0.01)
    train(settings)
    steps = log_of(settings.out)[-1]["step"]
    train(settings)
    assert log_of(settings.out)[-1]["step"] == steps


def test_music_as_written_can_be_learnt_from_with_every_nat_alike(corpus_path, tmp_path):
    settings = replace(settings_for(corpus_path, tmp_path / "run", minutes=0.005), as_written=True)
    train(settings)
    assert log_of(settings.out)[-1]["step"] > 0


def test_a_run_can_begin_from_weights_that_have_not_heard_of_a_field_yet(corpus_path, tmp_path):
    first = settings_for(corpus_path, tmp_path / "first", minutes=0.005)
    train(first)
    known = {n: v for n, v in load_file(first.out / "weights.safetensors").items() if n != "embed.length.weight"}
    save_file(known, tmp_path / "known.safetensors")
    second = replace(first, out=tmp_path / "second", begin=str(tmp_path / "known.safetensors"), rate=0.0)
    train(second)
    after = load_file(second.out / "weights.safetensors")
    assert not after.pop("embed.length.weight").any()
    assert {name: value.tolist() for name, value in after.items()} == {name: value.tolist() for name, value in known.items()}


def test_two_processes_share_the_work(corpus_path, tmp_path):
    """Each is given what torchrun gives it; torchrun itself would look for this machine's name on the network."""
    options = {"corpus": corpus_path, "out": tmp_path / "run", "minutes": 0.01, "batch": 2, "length": 64, "pool": 8}
    options |= {"early-share": 0, "valid-windows": 2, "warmup-steps": 5, "threads": 1}
    told = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    place = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_tcp_port()), "GLOO_SOCKET_IFNAME": "lo"}
    both = [
        subprocess.Popen([sys.executable, "-m", "models.train", *told], cwd=ROOT, env=os.environ | place | {"RANK": rank})
        for rank in ("0", "1")
    ]
    try:
        assert [process.wait(PATIENCE_SECONDS) for process in both] == [0, 0]
    finally:
        for process in both:
            process.kill()
    last = log_of(tmp_path / "run")[-1]
    assert last["done"] and last["step"] > 0
    assert last["events"] == last["step"] * 2 * 2 * 64  # each of the two heard windows of its own
