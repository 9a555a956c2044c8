"""Phrases as points in a space (PyTorch): an encoder that hears two bars at once and a decoder that says them frame by frame.

After MusicVAE (Roberts et al. 2018), made small: the encoder is two layers over all frames at once, the decoder spreads a
point over the frames and a recurrent voice says one after the other. On stage the same weights run in `models.latent` without
PyTorch.
"""

# B batch, F frames, S symbols, Z size of the space

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.phrases import FRAMES, SYMBOLS


@dataclass(frozen=True, slots=True)
class VaeShape:
    """The size of the space, of the layers around it, of what each frame is told, and of the voice."""

    space: int = 96
    layer: int = 512
    frame: int = 48
    voice: int = 160


class PhraseVae(nn.Module):
    """A phrase to a point and back."""

    def __init__(self, shape: VaeShape) -> None:
        super().__init__()
        self.shape = shape
        self.hear = nn.EmbeddingBag(FRAMES * SYMBOLS, shape.layer, mode="sum")
        self.think = nn.Linear(shape.layer, shape.layer)
        self.mean = nn.Linear(shape.layer, shape.space)
        self.spread = nn.Linear(shape.layer, shape.space)
        self.open = nn.Linear(shape.space, shape.layer)
        self.spread_out = nn.Linear(shape.layer, FRAMES * shape.frame)
        self.before = nn.Embedding(SYMBOLS + 1, shape.frame)  # the last one stands before the first frame
        self.voice = nn.GRU(2 * shape.frame, shape.voice, batch_first=True)
        self.choose = nn.Linear(shape.voice + shape.frame, SYMBOLS)
        nn.init.normal_(self.hear.weight, std=0.1)

    def encode(self, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """Where phrases (B, F) lie: means and log variances (B, Z)."""
        places = symbols + torch.arange(FRAMES, device=symbols.device) * SYMBOLS
        x = F.silu(self.hear(places))
        x = x + F.silu(self.think(x))
        return self.mean(x), self.spread(x).clamp(-8.0, 4.0)

    def told(self, z: Tensor) -> Tensor:
        """What each frame is told of a point: (B, F, frame)."""
        spread: Tensor = self.spread_out(F.silu(self.open(z))).view(len(z), FRAMES, -1)
        return spread

    def decode(self, z: Tensor, symbols: Tensor) -> Tensor:
        """Log-odds (B, F, S) of each frame, the ones before it given."""
        told = self.told(z)
        before = self.before(F.pad(symbols[:, :-1], (1, 0), value=SYMBOLS))
        said, _ = self.voice(torch.cat((before, told), -1))
        logits: Tensor = self.choose(torch.cat((said, told), -1))
        return logits

    @torch.no_grad()
    def draw(self, z: Tensor, temperature: float = 0.0) -> Tensor:
        """Phrases (B, F) of points, each frame drawn after those before; temperature 0 takes the likeliest."""
        told, state = self.told(z), torch.zeros(1, len(z), self.shape.voice, device=z.device)
        symbol = torch.full((len(z),), SYMBOLS, device=z.device)
        said = []
        for frame in range(FRAMES):
            out, state = self.voice(torch.cat((self.before(symbol), told[:, frame]), -1)[:, None], state)
            logits = self.choose(torch.cat((out[:, 0], told[:, frame]), -1)).float()
            if temperature <= 0:
                symbol = logits.argmax(-1)
            else:
                symbol = torch.multinomial(torch.softmax(logits / temperature, -1), 1)[:, 0]
            said.append(symbol)
        return torch.stack(said, 1)


def vae_loss(vae: PhraseVae, symbols: Tensor, beta: float, free_nats: float) -> tuple[Tensor, Tensor, Tensor]:
    """Loss, nats of reconstruction and of divergence, each for a phrase, on average."""
    mean, spread = vae.encode(symbols)
    z = mean + torch.randn_like(mean) * (0.5 * spread).exp()
    logits = vae.decode(z, symbols)
    said = F.cross_entropy(logits.float().flatten(0, 1), symbols.flatten(), reduction="sum") / len(symbols)
    away = -0.5 * (1 + spread - mean.square() - spread.exp()).float().sum(-1).mean()
    return said + beta * (away - free_nats).clamp(min=0.0), said, away
