"""Teaching the VAE: `python -m models.train_vae --minutes 30` from a prepared corpus."""

from __future__ import annotations

import json
import logging
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.album import phrases
from models.data import CORPUS, Corpus
from models.options import from_command_line
from models.phrases import NOTES
from models.vae import PhraseVae, VaeShape, vae_loss

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VaeSettings:
    """How to train. `minutes` count all runs of the same folder."""

    corpus: Path = CORPUS
    out: Path = Path("build/vae")
    minutes: float = 30.0
    batch: int = 512
    rate: float = 2e-3
    beta: float = 0.1
    free_nats: float = 33.0  # 48 bits
    seed: int = 1
    threads: int = 1
    device: str = "cpu"
    shape: VaeShape = field(default_factory=VaeShape)


def train_vae(settings: VaeSettings) -> Path:
    """Train until the minutes are used up; returns the folder with `vae.safetensors` and `vae.json`."""
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    device = torch.device(settings.device)
    settings.out.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(settings.corpus)
    songs = torch.from_numpy(phrases(corpus, "train").symbols).to(device)
    checks = torch.from_numpy(phrases(corpus, "valid").symbols).to(device)
    vae = PhraseVae(settings.shape).to(device)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=settings.rate, betas=(0.9, 0.98), weight_decay=1e-4)
    spent, step = _resume(settings.out, vae)
    log.info("%d phrases, %d weights", len(songs), sum(p.numel() for p in vae.parameters()))
    while spent < settings.minutes * 60:
        began = time.perf_counter()
        done = spent / (settings.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * min((step + 1) / 200, 0.5 * (1 + math.cos(math.pi * done)) + 0.01)
        frames = songs[torch.randint(0, len(songs), (settings.batch,), device=device)]
        loss, said, away = vae_loss(vae, frames, settings.beta, settings.free_nats)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 200 == 0:
            log.info("step %d, %.0f s: %.2f nats said, %.2f away", step, spent, said.item(), away.item())
        if step % 2000 == 0:
            _save(settings, vae, {"seconds": spent, "step": step} | judge(vae, checks))
        spent += time.perf_counter() - began
    _save(settings, vae, {"seconds": spent, "step": step} | judge(vae, checks))
    return settings.out


@torch.no_grad()
def judge(vae: PhraseVae, frames: Tensor, most: int = 4000) -> dict[str, float]:
    """Share of frames that come back right from a point, drawn frame by frame: sampled, and the likeliest."""
    vae.eval()
    some = frames[torch.linspace(0, len(frames) - 1, min(most, len(frames))).long()]
    mean, spread = vae.encode(some)
    z = mean + torch.randn_like(mean) * (0.5 * spread).exp()
    found = {}
    for name, point, temperature in (("sampled", z, 1.0), ("likeliest", mean, 0.0)):
        said = vae.draw(point, temperature)
        right = said == some
        found[f"accuracy_{name}"] = float(right.float().mean())
        struck = (some < NOTES) | (said < NOTES)
        found[f"onsets_{name}"] = float(right[struck].float().mean())
    vae.train()
    return found


def _save(settings: VaeSettings, vae: PhraseVae, story: dict[str, float]) -> None:
    tensors = {name: value.detach().float().cpu().contiguous() for name, value in vae.state_dict().items()}
    save_file(tensors, settings.out / "vae.safetensors")
    about = {"shape": asdict(settings.shape), "story": story, "seed": settings.seed, "beta": settings.beta}
    (settings.out / "vae.json").write_text(json.dumps(about, indent=1))
    log.info("%s", story)


def _resume(out: Path, vae: PhraseVae) -> tuple[float, int]:
    if not (out / "vae.json").exists():
        return 0.0, 0
    story = json.loads((out / "vae.json").read_text())["story"]
    vae.load_state_dict(load_file(out / "vae.safetensors"))
    return float(story["seconds"]), int(story["step"])


if __name__ == "__main__":
    train_vae(from_command_line(VaeSettings, "Teach the VAE."))
