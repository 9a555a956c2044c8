"""What a curator may set."""

from __future__ import annotations

from pydantic import Field, field_validator

from agent.gallery.hours import read_hours
from agent.sections import ModeName, Section, Share


class Gallery(Section):
    """When nobody is there to look after it: `antiphon gallery`."""

    visitor_mode: ModeName = Field(default="auto", description="how it plays with a visitor; alone it plays solo")
    hours: tuple[str, ...] = Field(default=(), description="opening hours, such as `Tue-Sun 10:00-18:00`; none never closes")
    fade_s: float = Field(default=8.0, ge=0, le=600, description="how long it takes to fall silent when the room closes")
    alone_after_s: float = Field(default=45.0, ge=1, le=3600, description="so much silence means that the visitor has gone")
    presence_controller: int = Field(
        default=0, ge=0, le=119, description="controller of a sensor that sees visitors, from 64 on; 0 is none"
    )
    level_max: Share = Field(default=1.0, description="nobody can make it louder than this")
    density_max: Share = Field(default=1.0, description="nobody can make it play more than this")
    keep_mb: int = Field(
        default=2000, ge=100, le=1_000_000, description="the oldest recordings go when there are more megabytes"
    )
    webhook: str = Field(
        default="", pattern=r"^(https?://\S+)?$", description="http address that is told of opening, closing and trouble"
    )

    @field_validator("hours")
    @classmethod
    def _readable(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        read_hours(hours)
        return hours
