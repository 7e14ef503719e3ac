"""What a party's portal does: it asks over HTTP with a token of its own, and remembers the versions it has seen."""

from typing import Any

import httpx

JSON = dict[str, Any]
DIGEST = "sha256:" + "a" * 64


class Portal:
    """One caller of the service; commands name the version this portal saw last, as a person's screen would."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._authorization = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        # Of none given the client would take away those that the path has.
        return await self._http.get(path, params=parameters or None, headers=self._authorization)

    async def again(self, path: str, if_none_match: str) -> httpx.Response:
        """Ask for what this portal has in some version already."""
        return await self._http.get(path, headers=self._authorization | {"If-None-Match": if_none_match})

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._http.post(path, json=body, headers=self._authorization | given)

    async def send(self, path: str, content: bytes, **headers: str) -> httpx.Response:
        """Post bytes as they are."""
        given = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return await self._http.post(path, content=content, headers=self._authorization | given)

    async def create(self, path: str, body: JSON) -> JSON:
        answer = await self.post(path, body)
        assert 201 == answer.status_code, answer.text
        view: JSON = answer.json()
        return view

    async def change(self, thing: str, command: str, body: Any = None) -> JSON:
        """Command what is at `thing`, on the version it has now."""
        seen = await self.get(thing)
        answer = await self.post(f"{thing}/{command}", body, If_Match=seen.headers["ETag"])
        assert 200 == answer.status_code, answer.text
        view: JSON = answer.json()
        return view
