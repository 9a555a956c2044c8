"""Weights are refused in one sentence when they do not fit."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from models import checkpoint as c
from tests.models.makings import PROVENANCE, SHAPE, tiny_checkpoint


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "tiny.safetensors"
    c.save(path, tiny_checkpoint())
    return path


def rewrite(path, weights=None, **changes):
    """The same file with some of its words or weights changed."""
    about = {"format": "antiphon-mind-1", "vocabulary": c.fingerprint(), "shape": json.dumps(SHAPE)}
    about |= {
        "provenance": json.dumps(
            {"data": [], "licences": [], "name": "x", "version": "", "command": "", "seed": 0, "steps": 0, "hours": 0}
        )
    }
    save_file(weights or load_file(path), path, about | changes)


def test_weights_come_back_with_their_story(saved):
    loaded = c.load(saved)
    assert loaded.provenance == PROVENANCE and loaded.shape == SHAPE
    for name, value in tiny_checkpoint().weights.items():
        np.testing.assert_allclose(loaded.weights[name].astype(np.float32), value, atol=1e-2)


def test_another_vocabulary_is_refused(saved):
    rewrite(saved, vocabulary="0123456789abcdef")
    with pytest.raises(c.CheckpointError, match="speaks vocabulary 0123456789abcdef, this version speaks"):
        c.load(saved)


def test_foreign_safetensors_are_refused(saved):
    save_file({"x": np.zeros(3, np.float32)}, saved)
    with pytest.raises(c.CheckpointError, match="holds no mind of Antiphon"):
        c.load(saved)


@pytest.mark.parametrize("keep", [0, 7, 200, -100])
def test_a_cut_file_is_refused(saved, keep):
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(c.CheckpointError, match="damaged or is no safetensors file"):
        c.load(saved)


def test_a_missing_file_names_what_there_is(tmp_path):
    with pytest.raises(c.CheckpointError, match="there is no checkpoint at"):
        c.load(tmp_path / "none.safetensors")


def test_missing_weights_and_wrong_numbers_are_refused(saved):
    weights = load_file(saved)
    rewrite(saved, {name: value for name, value in weights.items() if ".kv" not in name})
    with pytest.raises(c.CheckpointError, match=r"incomplete: blocks\.0\.kv\.weight should have the shape"):
        c.load(saved)
    weights["pitch.bias"] = weights["pitch.bias"] * np.float16("nan")
    rewrite(saved, weights)
    with pytest.raises(c.CheckpointError, match=r"pitch\.bias holds values that are no numbers"):
        c.load(saved)


def test_a_file_without_its_story_is_refused(saved):
    rewrite(saved, provenance="{}")
    with pytest.raises(c.CheckpointError, match="does not say what it holds"):
        c.load(saved)


def test_what_ships_is_small_knows_its_sources_and_has_a_card():
    for name in c.shipped():
        path = c.path_of(name)
        assert path.stat().st_size <= c.MAX_BYTES
        story = c.load(path).provenance
        assert story.data and story.licences and story.steps > 0
        assert story.name in path.with_suffix(".md").read_text()
