"""`ioc grafana apply`: makes a Grafana hold what the walls' document says, and says what it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from ioc.deploy import walls
from ioc.deploy.http import Api, basic, yes
from ioc.deploy.layout import secret
from ioc.deploy.step import Say, Step, carry_out
from ioc.deploy.walls import Walls

MISSING = 404
MOST = 1000


@dataclass(frozen=True, slots=True)
class Grafana:
    """Which Grafana, and who its administrator is."""

    url: str
    username: str
    password_file: Path


async def apply(grafana: Grafana, wanted: Walls, *, yes: bool, say: Say) -> bool:
    """Bring Grafana to the document, and say where its playlists are; True when nothing is left to do.

    Creates at once. What takes rights away that somebody gave by hand waits for `yes`. Deletes no team, folder,
    dashboard or playlist.

    Raises:
        ConfigError: the password cannot be read. TemporaryError, PermanentError: Grafana said so.
    """
    who = basic(grafana.username, secret(grafana.password_file))
    async with aiohttp.ClientSession() as session:
        server = _Server(Api(grafana.url, session, who), wanted)
        done = await carry_out(server.plan, server.do, yes=yes, say=say)
        for name, uid in (await server.televised()).items():
            say(f"  {name}: /playlists/play/{uid}?kiosk&theme=light")
        return done


class _Server:
    def __init__(self, api: Api, wanted: Walls) -> None:
        self._api, self._wanted = api, wanted

    async def plan(self) -> Sequence[Step]:
        """What is to be done now."""
        folders = await self._folders()
        found = walls.Found(
            teams=await self._teams(),
            folders=folders,
            rights={uid: await self._api.get(f"/api/folders/{uid}/permissions") for uid in folders},
            home=str((await self._api.get("/api/org/preferences")).get("homeDashboardUID") or ""),
            playlists=await self._playlists(),
        )
        return walls.steps(self._wanted, found)

    async def do(self, step: Step) -> None:
        """Send one request."""
        yes(await self._api.ask(step.method, step.path, body=step.body), step.what)

    async def televised(self) -> dict[str, str]:
        """The uids that Grafana gave the playlists of the document, by their names."""
        listed = await self._api.get(f"/api/playlists?limit={MOST}")
        names = [one.name for one in self._wanted.playlists]
        return {str(one["name"]): str(one["uid"]) for one in listed if one["name"] in names}

    async def _teams(self) -> dict[str, int]:
        found: dict[str, int] = {}
        page = 1
        while True:
            teams = (await self._api.get(f"/api/teams/search?perpage={MOST}&page={page}"))["teams"]
            found |= {str(one["name"]): int(one["id"]) for one in teams}
            if len(teams) < MOST:
                return found
            page += 1

    async def _folders(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for folder in self._wanted.folders:
            path = f"/api/folders/{folder.uid}"
            reply = await self._api.ask("GET", path)
            if reply.status != MISSING:
                found[folder.uid] = str(yes(reply, path).document["title"])
        return found

    async def _playlists(self) -> dict[str, Mapping[str, Any]]:
        uids = await self.televised()
        return {name: await self._api.get(f"/api/playlists/{uid}") for name, uid in uids.items()}
