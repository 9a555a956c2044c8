"""`antiphon install-service`: files with which the system starts us and looks after us."""

from __future__ import annotations

import getpass
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.evening import NotHere, load_rig

NEXT = {
    "linux": "sudo cp {folder}/*.service /etc/systemd/system/ && sudo systemctl enable --now antiphon-gallery antiphon-kiosk",
    "darwin": "cp {folder}/org.antiphon.gallery.plist ~/Library/LaunchAgents/ && launchctl load -w "
    "~/Library/LaunchAgents/org.antiphon.gallery.plist",
    "win32": "schtasks /create /tn Antiphon /xml {folder}\\antiphon-gallery.xml",
}


@dataclass(frozen=True)
class InstallService:
    """Write the files with which this system starts the gallery after a power cut: a unit, a property list or a task."""

    config: Annotated[Path, typer.Option(help="the rig that the gallery plays")]
    out: Annotated[Path, typer.Option(help="where to write them; nothing is installed")] = Path()
    system: Annotated[str, typer.Option(help="for which: linux, darwin or win32; this one if not given")] = ""
    user: Annotated[str, typer.Option(help="who plays; you if not given")] = ""

    def run(self) -> None:
        """Write them and say what to do next."""
        from agent.gallery.service import Service

        rig = load_rig(self.config)
        system = self.system or ("linux" if sys.platform.startswith("linux") else sys.platform)
        if system not in NEXT:
            raise NotHere(f"unknown system {system!r}; there are: {', '.join(NEXT)}")
        command = Path(shutil.which("antiphon") or Path(sys.executable).with_name("antiphon"))
        service = Service(command, self.config.resolve(), self.user or getpass.getuser(), rig.panel.port)
        self.out.mkdir(parents=True, exist_ok=True)
        for name, text in service.files(system).items():
            path = self.out / name
            path.write_text(text, encoding="utf-8", newline="")
            if name.endswith(".sh"):
                path.chmod(0o755)
            typer.echo(f"wrote {path}")
        typer.echo(f"next: {NEXT[system].format(folder=self.out)}")
