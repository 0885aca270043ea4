"""The real nginx on loopback with what `rag deploy` prints, ended by its process id."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.chroma import free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def written(folder: Path, text: str, port: int) -> Path:
    """Write a configuration around the text that keeps all of nginx in one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.conf").write_text(text.replace("listen 80;", f"listen 127.0.0.1:{port};"))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/errors;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{places}\ninclude {folder}/site.conf;\n}}\n"
    )
    return whole


def check(folder: Path, text: str) -> str:
    """Return what `nginx -t` says against a text; empty: nothing."""
    assert NGINX is not None
    done = subprocess.run(
        [NGINX, "-t", "-q", "-e", str(folder / "errors"), "-c", str(written(folder, text, 80))],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.stderr if done.returncode else ""


@contextmanager
def nginx(folder: Path, text: str) -> Iterator[str]:
    """Run nginx with a text and give its address."""
    assert NGINX is not None
    port = free_port()
    whole = written(folder, text, port)
    process = subprocess.Popen([NGINX, "-e", str(folder / "errors"), "-c", str(whole)])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                httpx.get(address, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
