"""Tells a feed's people that it needs them, by webhook or mail: numbers and names of ours, nobody's values."""

from __future__ import annotations

import asyncio
import smtplib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import Final

import msgspec

from homeroom.base.findings import Finding
from homeroom.base.log import Log
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.web_client import WebClient
from homeroom.ingest.feeds.feed import Notify

_TIMEOUT_SECONDS: Final = 30
_SUBJECTS: Final = {
    "batch.failed": "a batch could not be done",
    "batch.asks": "a batch waits for an answer",
    "batch.rows_failed": "rows wait in quarantine",
    "feed.failed": "a source could not be read",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told. event: one of `_SUBJECTS`; failed: rows that wait; code: of what went wrong."""

    event: str
    district: str
    feed: str
    batch: int | None = None
    failed: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """How notices leave the machine. mail_host: of the operator's own mail server; None when there is none."""

    egress: Egress
    mail_host: str | None = None
    mail_port: int = 25
    mail_from: str = "homeroom@localhost"


async def send_notice(notice: Notice, notify: Notify, post: Post, *, log: Log) -> None:
    """Sends a notice wherever it is wanted; one that cannot be sent is noted in the log and nowhere else."""
    if notify.webhook:
        await asyncio.to_thread(_call, notify.webhook, notice, post, log)
    if notify.mail and post.mail_host:
        await asyncio.to_thread(_mail, notify.mail, notice, post, log)


def _call(url: str, notice: Notice, post: Post, log: Log) -> None:
    body = msgspec.json.encode(asdict(notice))
    answer = WebClient(post.egress, time.sleep).post(url, body)
    if isinstance(answer, Finding) or answer.status >= 300:
        code = answer.code if isinstance(answer, Finding) else "notice.answer"
        log.warning("notice.not_sent", code=code, district=notice.district)


def _mail(address: str, notice: Notice, post: Post, log: Log) -> None:
    message = EmailMessage()
    message["From"], message["To"] = post.mail_from, address
    message["Subject"] = f"Homeroom: {_SUBJECTS[notice.event]} ({notice.feed})"
    message.set_content("\n".join(f"{name}: {value}" for name, value in _lines(notice).items()) + "\n")
    try:
        with smtplib.SMTP(post.mail_host or "", post.mail_port, timeout=_TIMEOUT_SECONDS) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        log.fault("notice.not_sent", error, district=notice.district)


def _lines(notice: Notice) -> Mapping[str, object]:
    return {name: value for name, value in asdict(notice).items() if value not in (None, "", 0)}
