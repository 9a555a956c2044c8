"""`antiphon compose`: MIDI files made without a player."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.commands.evening import NotHere, check_model
from models.music import Change, Metre, Note


@dataclass(frozen=True)
class Compose:
    """Make MIDI files: new melodies, the way from one phrase to another, variations, or how a song goes on."""

    sample: Annotated[int, typer.Option(min=0, max=1000, help="so many new melodies")] = 0
    continue_: Annotated[Path | None, typer.Option("--continue", help="go on where this MIDI file ends")] = None
    interpolate: Annotated[
        tuple[Path, Path] | None, typer.Option(help="from the first two bars of one MIDI file to those of another")
    ] = None
    vary: Annotated[Path | None, typer.Option(help="the melody of this MIDI file, changed")] = None
    amount: Annotated[float, typer.Option(min=0.0, max=1.0, help="how far a variation goes")] = 0.4
    length: Annotated[int, typer.Option(min=1, max=512, help="bars of a new melody or a continuation")] = 8
    temperature: Annotated[float, typer.Option(min=0.1, max=2.0, help="how freely it draws")] = 0.9
    chords: Annotated[str, typer.Option(help='the chords of a continuation, such as "| Dm7 | G7 |"')] = ""
    model: Annotated[str, typer.Option(help="who continues: a shipped model, a .safetensors file, or markov")] = "duo"
    seed: Annotated[int, typer.Option(min=0, help="same seed, same music")] = 0
    out: Annotated[Path, typer.Option(help="the folder for the files")] = Path("composed")

    def run(self) -> None:
        """Compose."""
        from models.compose import Wish

        if not (self.sample or self.continue_ or self.interpolate or self.vary):
            raise NotHere("say what to compose: --sample N, --continue FILE, --interpolate A B or --vary FILE")
        wish = Wish(self.length, self.temperature, self.seed, self._changes())
        pieces: dict[str, dict[str, list[Note]]] = {}
        if self.sample or self.interpolate or self.vary:
            pieces |= self._of_phrases(wish)
        if self.continue_ is not None:
            pieces[f"{self.continue_.stem}-continued"] = self._continued(self.continue_, wish)
        self._write(pieces, wish)

    def _of_phrases(self, wish: Any) -> dict[str, dict[str, list[Note]]]:
        from models.compose import interpolated, sampled, varied_melody
        from models.latent import PhraseSpace

        space = PhraseSpace.load()
        pieces = {}
        for n in range(self.sample):
            pieces[f"sample-{n + 1}"] = {"agent:lead": sampled(space, space.prior, replace(wish, seed=wish.seed + n))}
        if self.interpolate is not None:
            one, other = self.interpolate
            pieces[f"{one.stem}-to-{other.stem}"] = {"agent:lead": interpolated(space, _melody(one), _melody(other))}
        if self.vary is not None:
            changed = varied_melody(space, _melody(self.vary), self.amount, wish.seed)
            pieces[f"{self.vary.stem}-varied"] = {"agent:lead": changed}
        return pieces

    def _continued(self, path: Path, wish: Any) -> dict[str, list[Note]]:
        from models.compose import continued
        from models.load import load_model

        check_model(self.model)
        melody = _melody(path)
        played = continued(load_model(self.model), melody, wish)
        return {"human": melody} | {f"agent:{part}": notes for part, notes in played.items()}

    def _changes(self) -> tuple[Change, ...]:
        from agent.play.chart import ChartError, Form

        try:
            form = Form(self.chords)
        except ChartError as error:
            raise NotHere(f"--chords: {error}") from None
        return form.changes(0.0, 4.0 * self.length, Metre())

    def _write(self, pieces: dict[str, dict[str, list[Note]]], wish: Any) -> None:
        from models.midi_file import write_midi
        from models.tempo import TempoMap

        self.out.mkdir(parents=True, exist_ok=True)
        for name, tracks in pieces.items():
            path = self.out / f"{name}.mid"
            write_midi(path, tracks, TempoMap(wish.bpm), wish.metre)
            typer.echo(f"{path}: {sum(len(notes) for notes in tracks.values())} notes")


def _melody(path: Path) -> list[Note]:
    """The melody of a file: the highest note of each moment of the track that lies highest."""
    from models.midi_file import MidiFileError, read_midi

    tracks = [notes for notes in read_midi(path).tracks.values() if notes and notes[0].part != "drums"]
    if not tracks:
        raise MidiFileError(f"{path}: there are no notes in it")
    highest = max(tracks, key=lambda notes: sorted(note.pitch for note in notes)[len(notes) // 2])
    top: dict[float, Note] = {}
    for note in highest:
        if note.onset_beats not in top or top[note.onset_beats].pitch < note.pitch:
            top[note.onset_beats] = note
    return [top[onset] for onset in sorted(top)]
