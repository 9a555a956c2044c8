"""What makes a system start us and look after us: a systemd unit, a launchd property list, a Windows task, a kiosk browser.

Sources: systemd.service(5) and systemd.exec(5); launchd.plist(5); Windows' Task Scheduler schema 1.4.
"""

from __future__ import annotations

import plistlib
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

WATCHDOG_SECONDS = 30
PANEL = "http://127.0.0.1:{port}/stage"


@dataclass(frozen=True, slots=True)
class Service:
    """Who is to be started with what, as whom."""

    command: Path
    rig: Path
    user: str
    port: int

    def files(self, system: str) -> dict[str, str]:
        """File name → text for `linux`, `darwin` or `win32`."""
        if system == "darwin":
            return {"org.antiphon.gallery.plist": self._launchd(), "antiphon-kiosk.sh": self._kiosk("open -a Chromium --args")}
        if system == "win32":
            return {"antiphon-gallery.xml": self._task(), "antiphon-kiosk.cmd": self._kiosk_windows()}
        return {
            "antiphon-gallery.service": self._unit(),
            "antiphon-kiosk.service": self._kiosk_unit(),
            "antiphon-kiosk.sh": self._kiosk("exec chromium"),
        }

    def _unit(self) -> str:
        return f"""[Unit]
Description=Antiphon plays to visitors
Documentation=https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html
After=sound.target network.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={_unit_word(self.command)} gallery --config {_unit_word(self.rig)}
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec={WATCHDOG_SECONDS}
TimeoutStartSec=120
Restart=always
RestartSec=1
KillMode=control-group
User={self.user}
Nice=-5
CPUWeight=400
LimitRTPRIO=95
LimitMEMLOCK=infinity
RuntimeDirectory=antiphon
StateDirectory=antiphon
NoNewPrivileges=true
ProtectSystem=full
PrivateTmp=true
ProtectKernelModules=true
ProtectControlGroups=true
RestrictSUIDSGID=true

[Install]
WantedBy=multi-user.target
"""

    def _kiosk_unit(self) -> str:
        return f"""[Unit]
Description=Antiphon's picture on the wall
After=antiphon-gallery.service graphical.target
Wants=antiphon-gallery.service

[Service]
ExecStart=/bin/sh {_unit_word(self.rig.parent / "antiphon-kiosk.sh")}
Restart=always
RestartSec=5
User={self.user}
Environment=DISPLAY=:0

[Install]
WantedBy=graphical.target
"""

    def _kiosk(self, browser: str) -> str:
        return f"""#!/bin/sh
# The picture fills the screen. A browser that was cut off by a power cut asks nothing when it comes back.
{browser} --kiosk --noerrdialogs --disable-infobars --disable-session-crashed-bubble --no-first-run \\
    --autoplay-policy=no-user-gesture-required --password-store=basic --incognito "{PANEL.format(port=self.port)}"
"""

    def _kiosk_windows(self) -> str:
        options = "--kiosk --noerrdialogs --no-first-run --autoplay-policy=no-user-gesture-required --incognito"
        return f'@echo off\r\nstart "" chrome {options} "{PANEL.format(port=self.port)}"\r\n'

    def _launchd(self) -> str:
        return plistlib.dumps(
            {
                "Label": "org.antiphon.gallery",
                "ProgramArguments": [str(self.command), "gallery", "--config", str(self.rig)],
                "RunAtLoad": True,
                "KeepAlive": True,
                "ThrottleInterval": 1,
                "ProcessType": "Interactive",
                "Nice": -5,
            }
        ).decode()

    def _task(self) -> str:
        return f"""<?xml version="1.0"?>
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Antiphon plays to visitors</Description></RegistrationInfo>
  <Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>{escape(self.user)}</UserId><LogonType>S4U</LogonType></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>4</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(str(self.command))}</Command>
      <Arguments>gallery --config "{escape(str(self.rig))}"</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def _unit_word(path: Path) -> str:
    """A path as one word of a unit file."""
    quoted = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{quoted}"' if any(sign in quoted for sign in " \t'") else quoted
