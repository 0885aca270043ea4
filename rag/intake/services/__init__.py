"""Fetches papers from services on the web and from Zotero; only what a user asks for is sent."""

from rag.intake.services.client import Client, Patience, Service, Services
from rag.intake.services.live import Changes, Live
from rag.intake.services.records import ByIdentifier
from rag.intake.services.zotero import PREFIX, Zotero

__all__ = [
    "PREFIX",
    "ByIdentifier",
    "Changes",
    "Client",
    "Live",
    "Patience",
    "Service",
    "Services",
    "Zotero",
]
