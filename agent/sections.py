"""What the sections of a rig are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Part = Literal["lead", "comp", "bass", "drums"]
ModeName = Literal["listen", "accompany", "call_response", "shadow", "together", "solo", "auto", "vary", "trade"]
Channel = Annotated[int, Field(ge=1, le=16)]
Pitch = Annotated[int, Field(ge=0, le=127)]
Offset = Annotated[float, Field(ge=-200.0, le=1000.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """Unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
