from __future__ import annotations

from typing import Any

import requests

from iceye_geo.sandbox import Sandbox

TIMEOUT = 60


class Api:
    """A plain HTTP client of a sandbox, with a token: what is tested here is the wire."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = requests.Session()
        self.renew()

    def renew(self) -> None:
        answer = self.http.post(
            f"{self.sandbox.auth_url}/v1/token",
            auth=(self.sandbox.client_id, self.sandbox.client_secret),
            data={"grant_type": "client_credentials"},
            timeout=TIMEOUT,
        )
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.http.request(method, self.sandbox.api_url + path, timeout=TIMEOUT, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def search(self, **body: Any) -> requests.Response:
        return self.call("POST", "/catalog/v2/search", json=body)

    def items(self, **body: Any) -> list[dict[str, Any]]:
        """All items of a search, over all its pages."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            answer = self.search(limit=200, **body, **({"cursor": cursor} if cursor else {}))
            assert answer.status_code == 200, answer.text
            found += answer.json()["data"]
            cursor = answer.json().get("cursor")
            if not cursor:
                return found
