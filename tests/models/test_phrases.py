"""Phrases there and back, the space they lie in, and what is made of them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from models.compose import Wish, continued, interpolated, sampled, varied_melody
from models.dice import DiceMind
from models.latent import ATTRIBUTES, PhraseError, PhraseSpace, alike, attributes, mix
from models.music import COORDINATES, Ask, Change, Knobs, Note
from models.phrases import FRAMES, HOLD, NOTES, PHRASE_BEATS, REST, SYMBOLS, Phrase, notes_of, phrase_of
from models.prior import train_prior
from models.vae import PhraseVae, VaeShape, vae_loss
from models.variations import varied

TUNE = [Note(float(i) / 2, 0.5, pitch, 80, "lead") for i, pitch in enumerate((60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 72))]
SHAPE = VaeShape(space=8, layer=32, frame=8, voice=12)


@pytest.fixture(scope="module")
def vae():
    torch.manual_seed(0)
    return PhraseVae(SHAPE).eval()


@pytest.fixture(scope="module")
def space(vae):
    weights = {name: value.numpy() for name, value in vae.state_dict().items()}
    rng = np.random.default_rng(0)
    points = rng.normal(0, 1, (64, SHAPE.space)).astype(np.float32)
    pairs = np.stack([np.arange(63), np.arange(1, 64)], 1)
    weights |= train_prior(points, pairs, np.zeros(63, np.int64), 0.002)
    weights |= {"mean_of_all": points.mean(0), "spread_of_all": points.std(0)}
    weights |= {f"direction.{name}": rng.normal(0, 1, SHAPE.space).astype(np.float32) for name in ATTRIBUTES}
    return PhraseSpace(weights)


def test_a_melody_becomes_a_phrase_and_comes_back():
    phrase = phrase_of(TUNE, 0.0)
    assert phrase.symbols[:4].tolist() == [60 - phrase.middle + 24, HOLD, 62 - phrase.middle + 24, HOLD]
    assert notes_of(phrase) == TUNE
    assert notes_of(phrase, 16.0)[0].onset_beats == 16.0


def test_the_same_idea_in_another_key_is_the_same_phrase():
    higher = [Note(n.onset_beats, n.length_beats, n.pitch + 5, n.velocity, n.part) for n in TUNE]
    assert phrase_of(higher, 0.0).symbols.tolist() == phrase_of(TUNE, 0.0).symbols.tolist()


def test_rests_stay_rests_and_what_is_out_of_reach_comes_nearer():
    phrase = phrase_of([*TUNE[:2], Note(4.0, 1.0, 127, 80, "lead")], 0.0)
    assert phrase.symbols[12:16].tolist() == [REST] * 4
    assert 0 <= phrase.symbols.min() and phrase.symbols[16] < NOTES


def test_numpy_hears_and_says_what_torch_does(vae, space):
    symbols = torch.randint(0, SYMBOLS, (5, FRAMES), generator=torch.Generator().manual_seed(1))
    mean, _ = vae.encode(symbols)
    said = vae.draw(mean)
    for row in range(5):
        point = space.point(Phrase(60, symbols[row].numpy()))
        np.testing.assert_allclose(point, mean[row].detach().numpy(), atol=1e-4)
        assert space.phrase(point, 60).symbols.tolist() == said[row].tolist()


def test_the_vae_learns_a_handful_of_phrases_by_heart():
    torch.manual_seed(0)
    vae, symbols = PhraseVae(SHAPE), torch.from_numpy(np.stack([phrase_of(TUNE[i:], i / 2).symbols for i in range(6)]))
    optimizer = torch.optim.Adam(vae.parameters(), lr=0.01)
    first, *_ = vae_loss(vae, symbols, 0.01, 0.0)
    for _ in range(150):
        loss, *_ = vae_loss(vae, symbols, 0.01, 0.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.2 * float(first.detach())


def test_between_two_phrases_lie_both_ends(space):
    one, other = (np.random.default_rng(i).normal(0, 1, 8).astype(np.float32) for i in range(2))
    np.testing.assert_allclose(mix(one, other, 0.0), one, atol=1e-5)
    np.testing.assert_allclose(mix(one, other, 1.0), other, atol=1e-5)
    assert alike(one, one) == pytest.approx(1.0) and alike(one, other) < 1.0


def test_attributes_tell_density_and_syncopation():
    told = attributes(phrase_of(TUNE, 0.0).symbols)
    assert told["density"] == pytest.approx(12 / 8)
    assert told["syncopation"] == pytest.approx(0.5)
    assert attributes([REST] * FRAMES)["density"] == 0.0


def test_a_variation_of_nothing_is_the_phrase_itself(space):
    phrase = phrase_of(TUNE, 0.0)
    assert space.vary(phrase, 0.0, np.random.default_rng(0)).symbols.tolist() == phrase.symbols.tolist()


def ask_for(**changes):
    knobs = Knobs(variation=0.8, key=(0, 0), key_strength=1.0, registers=(("lead", 60, 76),))
    return Ask(1, "t", 12.0, 12.0, 28.0, ("lead",), 3, knobs=knobs, theme=tuple(TUNE), **changes)


def test_a_varied_lead_keeps_to_its_window_register_and_key_one_note_at_a_time(space):
    notes = varied(space, ask_for(towards=tuple(TUNE[4:])), "seed")
    assert notes == varied(space, ask_for(towards=tuple(TUNE[4:])), "seed")
    for note, following in pairwise(notes):
        assert note.end_beats <= following.onset_beats + 1e-6
    assert all(12.0 <= note.onset_beats < 28.0 and 60 <= note.pitch <= 76 for note in notes)
    assert all(note.pitch % 12 in (0, 2, 4, 5, 7, 9, 11) for note in notes)


def test_a_chart_that_is_law_is_law_for_variations_too(space):
    ask = ask_for(changes=(Change(0.0, 0, (0, 4, 7)),))
    strict = Ask(**{name: getattr(ask, name) for name in ask.__slots__} | {"knobs": Knobs(variation=0.8, chord_strength=1.0)})
    assert all(note.pitch % 12 in (0, 4, 7) for note in varied(space, strict, "seed"))


def axis(number, share):
    """The knobs of the space, one of them turned."""
    return tuple(share if n == number else 0.5 for n in range(COORDINATES))


@pytest.fixture(scope="module")
def shipped():
    return PhraseSpace.load()


def test_a_phrase_is_pulled_farther_and_farther_along_every_axis_and_never_back(shipped):
    rng, points = np.random.default_rng(3), [None]
    for _ in range(5):
        points.append(shipped.prior.draw(points[-1], rng)[0])
    phrases = [phrase_of(TUNE, 0.0), *(shipped.phrase(shipped.from_normed(point), 67) for point in points[1:])]
    for number in range(COORDINATES):
        ways = []
        for phrase in phrases:
            pulled = [shipped.pulled(phrase, axis(number, share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
            ways.append([float(shipped.coordinates(said)[number]) for said in pulled])
            assert pulled[2] is phrase
            assert all(said.onsets >= 2 and said.middle == phrase.middle for said in pulled)
        assert all(before <= after for way in ways for before, after in pairwise(way))
        assert all(way[-1] - way[0] > 0.4 for way in ways)
        assert 0.65 < float(np.median([way[-1] - way[0] for way in ways]))


def test_all_axes_at_once_bring_a_phrase_nearer_to_a_place(shipped):
    phrase, corner = phrase_of(TUNE, 0.0), np.array([1, 0, 1, 1, 0, 0, 1, 0])
    away = [
        float(np.linalg.norm(shipped.coordinates(shipped.pulled(phrase, 0.5 + share * (corner - 0.5))) - corner))
        for share in (0.0, 0.5, 1.0)
    ]
    assert away[0] > away[1] > away[2] and away[2] < 0.6 * away[0]


def test_a_varied_lead_follows_the_pull_and_without_one_it_is_as_it_was(shipped):
    def played(latent):
        ask = ask_for()
        return varied(shipped, replace(ask, knobs=replace(ask.knobs, variation=0.1, latent=latent)), "seed")

    def lies(notes):
        return float(shipped.coordinates(phrase_of(notes, 12.0))[4])

    assert played(axis(4, 0.5)) == played(Knobs().latent)
    assert lies(played(axis(4, 0.0))) < lies(played(axis(4, 0.5))) < lies(played(axis(4, 1.0)))


def test_what_is_composed_has_the_length_that_was_wished(space):
    new = sampled(space, space.prior, Wish(bars=4))
    assert all(0.0 <= note.onset_beats < 16.0 for note in new)
    assert sampled(space, space.prior, Wish(bars=4)) == new
    way = interpolated(space, TUNE, TUNE[4:])
    assert way == [] or max(note.onset_beats for note in way) < 9 * PHRASE_BEATS
    assert varied_melody(space, TUNE, 0.0, 0) == TUNE


def test_a_song_goes_on_from_its_next_bar_over_the_chords_that_are_given():
    played = continued(DiceMind(), TUNE, Wish(bars=2, changes=(Change(0.0, 0, (0, 4, 7)),)))
    notes = [note for part in played.values() for note in part]
    assert notes and all(8.0 <= note.onset_beats < 16.0 for note in notes)


def test_foreign_weights_are_refused_with_a_sentence(tmp_path):
    (tmp_path / "odd.safetensors").write_bytes(b"not music")
    with pytest.raises(PhraseError, match="damaged"):
        PhraseSpace.load(tmp_path / "odd.safetensors")
    with pytest.raises(PhraseError, match="there are no phrases"):
        PhraseSpace.load(tmp_path / "none.safetensors")


def test_the_shipped_phrases_say_a_tune_back_and_their_faders_turn():
    space = PhraseSpace.load()
    phrase = phrase_of(TUNE, 0.0)
    back = space.phrase(space.point(phrase), phrase.middle)
    assert (back.symbols == phrase.symbols).mean() > 0.9
    for name in ("density", "contour"):
        less, more = (attributes(space.turned(phrase, name, amount).symbols)[name] for amount in (-2.0, 2.0))
        assert less < more
    assert len(sampled(space, space.prior, Wish(bars=8))) > 8
