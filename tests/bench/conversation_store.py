"""Conversations below the pages: listing them, opening one, counting what is unread, writing a flood."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.messages.conversations import Conversations
from core.messages.inbox import Inbox
from core.models.content import Content, Kind
from core.models.conversations import Filter
from core.models.messages import SendState, SentMessage
from core.models.worker_events import MessageArrived
from core.store import outbox_table
from tests.bench.table import Row, row

RUNS: Final = 30
INSTANCES, STORED = 10, 5_000
CONVERSATIONS, LONG, SHOWN = 60, 1_000, 60
FLOOD, BATCH = 4_000, 40
"""Messages of a flood of 400 a second for ten seconds; what comes together at one instance in a second."""
_ACCOUNT: Final = "wa-0"


def measure(folder: Path) -> list[Row]:
    """Ten instances with five thousand messages; one of them has a conversation of a thousand."""
    inbox, conversations = _open(folder)
    _fill(folder, inbox)
    again_inbox, again = _open(folder)
    listed = [_ms(lambda: _list(again)) for _ in range(RUNS)]
    searched = [_ms(lambda: _list(again, text="pedido 7")) for _ in range(RUNS)]
    newest = again.list(_ACCOUNT, text="", only=Filter.ALL, limit=99)[0].id
    opened = [_ms(lambda: _thread(again, newest)) for _ in range(RUNS)]
    views = [f"wa-{number}" for number in range(INSTANCES)]
    for instance_id in views:
        again_inbox.unread(instance_id)
    counted = [_ms(lambda: [again_inbox.unread(instance_id) for instance_id in views]) for _ in range(RUNS)]
    written = _flood(inbox)
    assert len(conversations.list(_ACCOUNT, text="", only=Filter.ALL, limit=999)) > CONVERSATIONS
    what = f"{INSTANCES} instances, {STORED:,} messages stored"
    return [
        row(f"{what}: {CONVERSATIONS} conversations listed", 10, "ms", *listed),
        row("— searched for words", 20, "ms", *searched),
        row(f"— newest {SHOWN} of {LONG:,} messages of one read", 20, "ms", *opened),
        row("— unread messages of all instances counted", 1, "ms", *counted),
        row(f"— {BATCH} arrivals of one instance written", 40, "ms", *written),
    ]


def _open(folder: Path) -> tuple[Inbox, Conversations]:
    inbox = Inbox(folder_of=folder.joinpath, clock=time.time)
    return inbox, Conversations(
        folder_of=folder.joinpath, inbox=inbox, recent_sends=lambda _: (), clock=time.time
    )


def _fill(folder: Path, inbox: Inbox) -> None:
    for number in range(INSTANCES):
        (folder / f"wa-{number}").mkdir()
    for number in range(STORED // INSTANCES * (INSTANCES - 2)):
        inbox.handle_event(_arrival(f"wa-{1 + number % (INSTANCES - 1)}", number, f"5521{number % 90:09d}"))
    for number in range(CONVERSATIONS + 20):
        inbox.handle_event(_arrival(_ACCOUNT, number, f"5521{number:09d}"))
    for number in range(LONG * 9 // 10):
        inbox.handle_event(_arrival(_ACCOUNT, STORED + number, "5521987654321"))
    for number in range(INSTANCES):
        assert inbox.flush(f"wa-{number}")
    for number in range(LONG // 10):
        content = Content(Kind.TEXT, text=f"resposta {number}")
        now, state = time.time(), SendState.SENT
        sent = SentMessage(
            f"r{number}", _ACCOUNT, "5521987654321", content, state, now, message_id=f"s{number}"
        )
        outbox_table.write_new(folder / _ACCOUNT, sent)


def _arrival(instance_id: str, number: int, contact: str) -> MessageArrived:
    content = Content(Kind.TEXT, text=f"bom dia, o pedido {number} já saiu? obrigada!")
    address = f"{contact}@s.whatsapp.net"
    return MessageArrived(
        instance_id,
        f"3EB0{number:08d}",
        contact,
        "Ana",
        content,
        time.time(),
        from_me=False,
        group=False,
        chat=address,
        sender=address,
    )


def _list(conversations: Conversations, *, text: str = "") -> None:
    assert conversations.list(_ACCOUNT, text=text, only=Filter.ALL, limit=CONVERSATIONS)


def _thread(conversations: Conversations, conversation_id: str) -> None:
    thread = conversations.thread(_ACCOUNT, conversation_id, limit=SHOWN)
    assert thread is not None
    assert len(thread.messages) == SHOWN


def _flood(inbox: Inbox) -> list[float]:
    """Milliseconds for each write, while as many come as in a flood."""
    took = []
    for start in range(0, FLOOD, BATCH):
        instance_id = f"wa-{start // BATCH % INSTANCES}"
        for number in range(start, start + BATCH):
            inbox.handle_event(_arrival(instance_id, 10 * STORED + number, f"5531{number % 50:09d}"))
        begin = time.perf_counter()
        assert inbox.flush(instance_id)
        took.append((time.perf_counter() - begin) * 1000)
    return took


def _ms(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000
