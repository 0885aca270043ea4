"""Settings: where they come from, what is refused, and that all of them are documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from rag import Settings, config
from rag.errors import ConfigError
from tests.support.places import ROOT


def test_defaults_need_nothing() -> None:
    settings = config.load()
    assert (settings.home, settings.seeds, settings.mode) == (Path(".rag"), None, "extractive")
    assert 1 <= settings.worker_threads <= 4


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "extractive"),
        ({"OPENAI_API_KEY": "k"}, "llm"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, "llm"),
        ({"OPENAI_API_KEY": "k", "RAG_LLM_MODEL": ""}, "extractive"),
        ({"OPENAI_API_KEY": ""}, "extractive"),
        ({"RAG_LLM_MODEL": "m"}, "extractive"),
    ],
    ids=str,
)
def test_what_switches_the_model_on(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], mode: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert config.load().mode == mode


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("RAG_HOME=from-file\nRAG_PAPERS=5\nOTHER=1\nOPENAI_API_KEY='k'\n")
    monkeypatch.setenv("RAG_HOME", "from-environment")
    settings = config.load()
    assert (settings.home, settings.papers) == (Path("from-environment"), 5)
    assert settings.openai_api_key.get_secret_value() == "k"


def test_keyword_arguments_win_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_HOME", "from-environment")
    assert config.load(home=Path("given")).home == Path("given")


@pytest.mark.parametrize(
    "name", ["RAG_HOME", "RAG_PAPERS", "RAG_EMBED_MODEL", "RAG_LLM_TIMEOUT", "RAG_LLM_REPLY"]
)
def test_an_empty_variable_is_the_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    defaults = config.load()
    monkeypatch.setenv(name, "")
    assert config.load() == defaults


def test_the_home_folder_is_meant_by_a_tilde() -> None:
    assert config.load(home="~/x").home == Path.home() / "x"


def test_seeds_unset_and_empty_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.load().seeds is None
    monkeypatch.setenv("RAG_SEEDS", "")
    assert config.load().seeds == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RAG_PAPERS", "0"),
        ("RAG_PAPERS", "many"),
        ("RAG_LLM_TIMEOUT", "-1"),
        ("RAG_THREADS", "x"),
        ("RAG_LLM_REPLY", "5"),
    ],
)
def test_a_bad_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name):
        config.load()


def test_a_dotenv_that_is_no_text_is_told() -> None:
    Path(".env").write_bytes(b"RAG_HOME=\xff\xfe")
    with pytest.raises(ConfigError, match=r"\.env cannot be read"):
        config.load()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("RAG_MAILTO", "ann", "write an e-mail address"),
        ("RAG_MAILTO", "a@b\nX-Key: y", "write an e-mail address"),
        ("RAG_ZOTERO_URL", "127.0.0.1:23119", "begins with http"),
        ("RAG_CHROMA_URL", "chroma.lan:8000", "begins with http"),
        ("RAG_CHROMA_URL", "http://me:key@chroma.lan", "without a login; RAG_CHROMA_TOKEN"),
        ("RAG_CHROMA_HEADERS", "X-Team papers", "write Name: value"),
        ("RAG_CHROMA_HEADERS", "X-Team: a; X Key: b", "write Name: value"),
        ("RAG_CHROMA_HEADERS", "X-Team: a\r\nX-Key: b", "write Name: value"),
        ("RAG_ZOTERO_LIBRARY", "users/ann", "write users/<number> or groups/<number>"),
        ("RAG_ZOTERO_LIBRARY", "users/1/../2", "write users/<number> or groups/<number>"),
    ],
)
def test_where_papers_and_vectors_are_is_checked(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"{name}: .*{says}"):
        config.load()


def test_a_key_is_never_shown() -> None:
    secret = SecretStr("very-secret")
    settings = Settings(
        openai_api_key=secret,
        zotero_key=secret,
        chroma_token=secret,
        chroma_headers=SecretStr("X-Key: very-secret"),
        chroma_api_key=secret,
    )
    assert "very-secret" not in f"{settings!r} {settings.model_dump()}"


@pytest.mark.parametrize(
    ("environment", "is_cloud", "sent"),
    [
        ({}, False, {}),
        ({"CHROMA_API_KEY": "k"}, False, {}),
        ({"CHROMA_API_KEY": "k", "CHROMA_DATABASE": "d"}, True, {"X-Chroma-Token": "k"}),
        (
            {"CHROMA_API_KEY": "k", "CHROMA_DATABASE": "d", "RAG_CHROMA_URL": "http://x"},
            False,
            {},
        ),
        (
            {"RAG_CHROMA_URL": "http://x", "RAG_CHROMA_TOKEN": "t"},
            False,
            {"Authorization": "Bearer t", "X-Chroma-Token": "t"},
        ),
        (
            {"RAG_CHROMA_URL": "http://x", "RAG_CHROMA_HEADERS": "A: b c ;D-E:f"},
            False,
            {"A": "b c", "D-E": "f"},
        ),
    ],
    ids=str,
)
def test_what_a_chroma_server_is_sent(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    is_cloud: bool,
    sent: dict[str, str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = config.load()
    assert (settings.has_chroma_cloud, settings.headers_of_chroma) == (is_cloud, sent)


@pytest.mark.parametrize("document", [".env.example", "README.md"])
def test_every_setting_is_documented(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    documented = set(re.findall(r"\b(?:RAG|OPENAI|CHROMA)_[A-Z_]+[A-Z]\b", text))
    assert documented == set(config.variables())


def test_the_example_is_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = config.load()
    Path(".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert config.load() == defaults


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, ""),
        ({"https_proxy": "http://proxy.lan:3128"}, "proxy.lan:3128"),
        ({"https_proxy": "http://me:secret@proxy.lan:3128"}, "proxy.lan:3128"),
        ({"all_proxy": "proxy.lan:3128"}, "proxy.lan:3128"),
        ({"http_proxy": "http://proxy.lan:3128"}, ""),
        ({"https_proxy": "http://proxy.lan:3128", "no_proxy": "models.org"}, ""),
    ],
    ids=str,
)
def test_the_proxy_of_an_address(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxy: str
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert config.proxy_of("https://models.org/v1") == proxy
