"""The settings, and the only place that reads environment variables and ``.env``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag import setting_forms as forms
from rag.errors import ConfigError

# Chroma, Hugging Face's tokenizers, LlamaIndex and Gradio phone home or warn unless told not to.
_QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Gradio 6.31 makes a pandas table of its last 10,000 events after every event, for a dashboard
    # that is off here.
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
}
LEAST_CONTEXT = 2_000  # tokens; fewer do not hold a question, one paper and an answer


class Settings(BaseSettings):
    """All settings. Each is read from ``RAG_<NAME>``, the endpoint's from ``OPENAI_*``.

    A ``.env`` file in the current folder is read too; the environment wins over it.
    """

    model_config = SettingsConfigDict(
        env_prefix="RAG_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    home: Path = Field(default=Path(".rag"), description="folder of the library")
    seeds: str | None = Field(
        default=None,
        description="ingested on first use; unset: the packaged papers, empty: nothing",
    )
    openai_api_key: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="OPENAI_API_KEY",
        description="key of the model endpoint",
    )
    openai_base_url: str = Field(
        default="", validation_alias="OPENAI_BASE_URL", description="address of the model endpoint"
    )
    llm_model: str = Field(
        default="gpt-4o-mini",
        description="model that writes answers once a key or an address is set; empty: extractive",
    )
    llm_timeout: float = Field(
        default=60.0, gt=0, le=600, description="seconds a reply may take, retries included"
    )
    llm_context: int = Field(
        default=16_000,
        ge=LEAST_CONTEXT,
        description="tokens the model can read, prompt and answer together",
    )
    llm_reply: int = Field(
        default=1_200,
        ge=100,
        le=100_000,
        description="tokens of a reply; a model that thinks gets more by itself",
    )
    judge: Literal["auto", "rules", "llm"] = Field(
        default="auto",
        description="who checks claims: rules alone (rules), or then a model too (llm; auto: if "
        "there is one)",
    )
    judge_model: str = Field(
        default="", description="model that judges; empty: the one that writes"
    )
    judge_base_url: str = Field(default="", description="its address; empty: OPENAI_BASE_URL")
    rerank: Literal["none", "llm"] = Field(
        default="none",
        description="whether the model orders the first 20 papers of a search anew (llm): one more "
        "request a question",
    )
    embed_model: str = Field(
        default="minilm",
        description="minilm (shipped), a folder of your own, or a model of the embeddings endpoint",
    )
    embed_base_url: str = Field(
        default="", description="embeddings endpoint; empty: OPENAI_BASE_URL"
    )
    embed_api_key: SecretStr = Field(
        default=SecretStr(""), description="its key; empty: OPENAI_API_KEY"
    )
    chroma_url: str = Field(
        default="",
        description="address of a Chroma server that holds the vector index; empty: on this disk",
    )
    chroma_token: SecretStr = Field(
        default=SecretStr(""), description="token that it asks for; empty: none"
    )
    chroma_headers: SecretStr = Field(
        default=SecretStr(""),
        description="more headers for it as Name: value, several with semicolons",
    )
    chroma_api_key: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="CHROMA_API_KEY",
        description="key of Chroma Cloud, used once CHROMA_DATABASE is set and RAG_CHROMA_URL not",
    )
    chroma_tenant: str = Field(
        default="",
        validation_alias="CHROMA_TENANT",
        description="tenant of the cloud or the server; empty: the key's, or the default",
    )
    chroma_database: str = Field(
        default="",
        validation_alias="CHROMA_DATABASE",
        description="database of the cloud or the server; empty: the default",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="PostgreSQL server that holds the library, as "
        "postgresql+psycopg://user:password@host/database; empty: a file in the folder",
    )
    threads: int = Field(default=0, ge=0, le=64, description="processor threads; 0: all, at most 4")
    auth: SecretStr = Field(
        default=SecretStr(""),
        description="logins of the page as name:password, several with commas; empty: no login",
    )
    api_keys: SecretStr = Field(
        default=SecretStr(""),
        description="keys of the API as name:key:read or name:key:write, several with commas; "
        "empty: this machine alone may read",
    )
    api_origins: str = Field(
        default="", description="web pages that may ask the API, as https://example.org"
    )
    api_rate: int = Field(
        default=300, ge=0, le=1_000_000, description="requests a minute and key; 0: no limit"
    )
    public_url: str = Field(
        default="",
        description="address of the page, for links to papers that have none; empty: "
        "the one that was asked",
    )
    papers: int = Field(default=8, ge=1, le=50, description="papers a question retrieves")
    mailto: str = Field(
        default="",
        description="your e-mail address, which `rag add` tells the services; empty: none",
    )
    zotero_url: str = Field(
        default="",
        description="address of Zotero's API; empty: Zotero on this machine, with a key zotero.org",
    )
    zotero_key: SecretStr = Field(default=SecretStr(""), description="key of Zotero's web API")
    zotero_library: str = Field(
        default="",
        description="users/<number> or groups/<number>; empty: your own in Zotero on this machine",
    )

    @field_validator(
        "home",
        "llm_timeout",
        "llm_context",
        "llm_reply",
        "embed_model",
        "threads",
        "papers",
        "api_rate",
        "judge",
        "rerank",
        mode="before",
    )
    @classmethod
    def _empty_is_default(cls, value: Any, info: ValidationInfo) -> Any:
        """Take an empty variable as unset, as shells and Compose files leave them."""
        if value == "" and info.field_name:
            return cls.model_fields[info.field_name].default
        return value

    @field_validator("home", mode="after")
    @classmethod
    def _home_of_the_user(cls, value: Path) -> Path:
        return value.expanduser()

    @field_validator("auth", mode="after")
    @classmethod
    def _logins_have_both_parts(cls, value: SecretStr) -> SecretStr:
        for login in forms.logins(value.get_secret_value()):
            if not all(login):
                raise ValueError("write name:password, several with commas between them")
        return value

    @field_validator("mailto", mode="after")
    @classmethod
    def _mailto_is_an_address(cls, value: str) -> str:
        if value and not forms.ADDRESS.fullmatch(value):
            raise ValueError("write an e-mail address, such as ann@example.org")
        return value

    @field_validator("chroma_url", mode="after")
    @classmethod
    def _no_key_in_the_address(cls, value: str) -> str:
        if "@" in urlsplit(value).netloc:
            raise ValueError("write it without a login; RAG_CHROMA_TOKEN or RAG_CHROMA_HEADERS")
        return value

    @field_validator("chroma_headers", mode="after")
    @classmethod
    def _headers_have_both_parts(cls, value: SecretStr) -> SecretStr:
        for line in forms.parts(value.get_secret_value(), ";"):
            if not forms.HEADER.fullmatch(line):
                raise ValueError("write Name: value, several with semicolons between them")
        return value

    @field_validator("api_keys", mode="after")
    @classmethod
    def _keys_have_three_parts(cls, value: SecretStr) -> SecretStr:
        forms.check_keys(value.get_secret_value())
        return value

    @field_validator("api_origins", mode="after")
    @classmethod
    def _origins_are_origins(cls, value: str) -> str:
        for one in forms.parts(value):
            if not forms.ORIGIN.fullmatch(one):
                raise ValueError("write addresses such as https://example.org, without a path")
        return value

    @field_validator("zotero_url", "chroma_url", "public_url", mode="after")
    @classmethod
    def _is_on_the_web(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write an address that begins with http:// or https://")
        return value.rstrip("/")

    @field_validator("zotero_library", mode="after")
    @classmethod
    def _library_of_somebody(cls, value: str) -> str:
        if value and not forms.ZOTERO_LIBRARY.fullmatch(value):
            raise ValueError("write users/<number> or groups/<number>")
        return value

    @property
    def keys(self) -> list[forms.ApiKey]:
        """The keys of the API; empty: this machine alone may read."""
        return forms.keys(self.api_keys.get_secret_value())

    @property
    def origins(self) -> list[str]:
        """The origins of web pages that may ask the API."""
        return forms.parts(self.api_origins)

    @property
    def logins(self) -> list[tuple[str, str]]:
        """Names and passwords of those who may use the page; empty: everybody."""
        return forms.logins(self.auth.get_secret_value())

    @property
    def has_chroma_cloud(self) -> bool:
        """Whether the vector index is in Chroma Cloud; a key alone may be for something else."""
        key = self.chroma_api_key.get_secret_value()
        return bool(key and self.chroma_database and not self.chroma_url)

    @property
    def headers_of_chroma(self) -> dict[str, str]:
        """What the Chroma server, or Chroma Cloud, is sent with every request."""
        if self.has_chroma_cloud:
            return {"X-Chroma-Token": self.chroma_api_key.get_secret_value()}
        token = self.chroma_token.get_secret_value()
        sent = {"Authorization": f"Bearer {token}", "X-Chroma-Token": token} if token else {}
        lines = forms.parts(self.chroma_headers.get_secret_value(), ";")
        pairs = (line.partition(":") for line in lines)
        return sent | {name: value.strip() for name, _, value in pairs}

    @property
    def has_llm(self) -> bool:
        """Whether a model endpoint is configured to write answers."""
        key = self.openai_api_key.get_secret_value()
        return bool(self.llm_model and (key or self.openai_base_url))

    @property
    def mode(self) -> Literal["extractive", "llm"]:
        """How answers are written under these settings."""
        return "llm" if self.has_llm else "extractive"

    @property
    def worker_threads(self) -> int:
        """Threads for the embedding model."""
        return self.threads or min(4, os.cpu_count() or 1)


def load(**overrides: Any) -> Settings:
    """Read the settings from the environment and ``.env``; keyword arguments win.

    Raises:
        ConfigError: a value cannot work; the message names the variable.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [f"{_variable(str(item['loc'][0]))}: {item['msg']}" for item in error.errors()]
        raise ConfigError("settings cannot be used; " + "; ".join(lines)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f".env cannot be read ({error}); repair or remove it") from error


def variables() -> dict[str, str]:
    """Return every environment variable that is read, with its description."""
    return {
        _variable(name): field.description or "" for name, field in Settings.model_fields.items()
    }


def keep_uploads_in(folder: Path) -> None:
    """Let Gradio keep what is uploaded in this folder; call before importing it."""
    os.environ["GRADIO_TEMP_DIR"] = str(folder)


def proxy_of(address: str) -> str:
    """Return the proxy that the environment names for an address, without login; empty: none."""
    parts = urlsplit(address)
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not named or not parts.hostname or proxy_bypass(parts.hostname):
        return ""
    proxy = urlsplit(named if "//" in named else f"//{named}")
    return proxy.netloc.rpartition("@")[2]


def silence_libraries() -> None:
    """Switch off telemetry and start-up warnings of the libraries; call before importing them."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)


def _variable(name: str) -> str:
    field = Settings.model_fields.get(name)
    alias = field.validation_alias if field else None
    return alias if isinstance(alias, str) else name if name.isupper() else f"RAG_{name.upper()}"
