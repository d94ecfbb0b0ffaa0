"""The places where bytes go in and out: upload addresses take no token, downloads need one.

https://docs.slack.dev/messaging/working-with-files
"""

from aiohttp import web

from tests.fakes.slack.model import File
from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.web_api import bearer, cut_off
from tests.fakes.slack.world import World

MOST_BYTES = 1024**3
"""https://slack.com/help/articles/201330736 (1 GB per file)"""


class FileStore:
    """Serves `/upload/v1/{ticket}` and `/files-pri/{key}/{name}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/upload/v1/{ticket}", self._upload),
            web.get("/files-pri/{key}/{name}", self._download),
            web.get("/signin", self._sign_in),
        ]

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        data = await _body(request)
        if trouble := self._world.troubles.next("upload", "before"):
            return web.Response(status=trouble.status, headers=trouble.headers, text=trouble.error)
        file = self._ticket(request.match_info["ticket"])
        if file is None:
            return self._refused(404, "unknown upload address")
        if "Authorization" in request.headers:
            return self._refused(403, f"{file.name}: an upload must carry no Authorization header")
        if file.data is not None:
            return self._refused(409, f"{file.name} was uploaded already")
        if len(data) != file.length:
            return self._refused(400, f"{file.name}: {file.length} bytes were announced, {len(data)} came")
        file.data = data
        if self._world.troubles.next("upload", "lost"):
            return cut_off(request)
        return web.Response(text=f"OK - {len(data)}")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Without a good token Slack does not refuse: it leads to a page of HTML."""
        team_id, _, file_id = request.match_info["key"].partition("-")
        try:
            token = self._world.tokens.check(bearer(request))
        except Refused:
            raise web.HTTPFound("/signin") from None
        if token.team_id != team_id or "files:read" not in token.scopes:
            raise web.HTTPFound("/signin")
        file = self._world.teams[team_id].files.get(file_id)
        if file is None or file.data is None or file.deleted:
            raise web.HTTPNotFound
        return web.Response(body=file.data, content_type=file.mimetype)

    async def _sign_in(self, request: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html><title>Slack</title>", content_type="text/html")

    def _ticket(self, ticket: str) -> File | None:
        for team in self._world.teams.values():
            for file in team.files.values():
                if file.upload_ticket == ticket:
                    return file
        return None

    def _refused(self, status: int, problem: str) -> web.Response:
        self._world.problems.append(f"upload: {problem}")
        return web.Response(status=status, text=problem)


async def _body(request: web.Request) -> bytes:
    """The raw bytes, or the first file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
