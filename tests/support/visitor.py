"""A visitor without a browser: speaks Gradio's queue, as the page's own script does."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

import httpx

SCOPE = 5  # inputs that say which papers a question is asked of


class Visitor:
    """Triggers events of the page by component and event name, and gives back what changed."""

    def __init__(self, address: str, login: tuple[str, str] | None = None) -> None:
        self._client = httpx.Client(base_url=address, timeout=30)
        if login:
            form = {"username": login[0], "password": login[1]}
            self._client.post("/login", data=form).raise_for_status()
        config = self._client.get("/config")
        self.refused = config.status_code == 401
        self._config = config.json()
        self._session = secrets.token_hex(6)
        self.conversation = ""

    def close(self) -> None:
        self._client.close()

    def ask(self, question: str) -> str:
        """Ask in the visitor's conversation and return what the page shows at the end."""
        asked = [*[""] * SCOPE, question, "", self.conversation, ""]
        shown = self.trigger("question", "submit", asked, None)
        found = re.search(r'data-conversation="(\w*)"', shown)
        self.conversation = found[1] if found else self.conversation
        return shown

    def upload(self, *files: tuple[str, bytes]) -> str:
        """Upload files and return the report."""
        sent = [("files", file) for file in files]
        paths = self._client.post("/gradio_api/upload", files=sent).json()
        names = [name for name, _ in files]
        return self.check_files(
            [
                {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}
                for path, name in zip(paths, names, strict=True)
            ]
        )

    def check_files(self, files: list[dict[str, Any]]) -> str:
        return self.trigger("upload", "upload", [files, ""], None)

    def trigger(
        self,
        component: str | None,
        event: str,
        data: list[Any],
        event_data: Any,
        *,
        handler: str = "",
    ) -> str:
        """Trigger an event and return all that it sent back, the last state of each value."""
        index = self._index(component, event, handler)
        join = {
            "data": data,
            "event_data": event_data,
            "fn_index": index,
            "trigger_id": 0,
            "session_hash": self._session,
        }
        joined = self._client.post("/gradio_api/queue/join", json=join)
        joined.raise_for_status()
        stream = self._client.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": self._session}
        )
        last: dict[str, Any] = {}
        with stream as response:
            for line in response.iter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message["msg"] == "process_completed":
                    last = message
                    break
        return " ".join(_texts(last.get("output", {})))

    def _index(self, component: str | None, event: str, handler: str) -> int:
        names = {c["id"]: c["props"].get("elem_id") for c in self._config["components"]}
        for dependency in self._config["dependencies"]:
            if handler and dependency["api_name"] == handler:
                return int(dependency["id"])
            for target, name in dependency["targets"]:
                if not handler and names.get(target) == component and name == event:
                    return int(dependency["id"])
        raise LookupError(f"{component}.{event}")


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in _texts(item)]
