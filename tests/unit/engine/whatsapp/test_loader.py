"""What the product declares of neonize is there, and only one module imports it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import core.engine.whatsapp

ROOT: Final = Path(__file__).resolve().parents[4]
_SCRIPT: Final = """
from core.engine.whatsapp.loader import import_python_part
import_python_part()
from neonize import client, events
from neonize.proto import Neonize_pb2 as neo
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from neonize.proto.waVnameCert import WAWebProtobufsVnameCert_pb2 as names
from core.engine.whatsapp import neonize_types as types

PROTOBUFS = {
    types.Jid: neo.JID, types.Me: neo.Device, types.Announce: neo.GroupAnnounce,
    types.Ephemeral: neo.GroupEphemeral, types.Parent: neo.GroupParent,
    types.UndecryptableEvent: neo.UndecryptableMessage, types.ChatPresenceEvent: neo.ChatPresence,
    types.Member: neo.GroupParticipant, types.GroupDetails: neo.GroupInfo, types.Name: neo.GroupName,
    types.Source: neo.MessageSource, types.Info: neo.MessageInfo, types.MessageEvent: neo.Message,
    types.ReceiptEvent: neo.Receipt, types.JoinedGroup: neo.JoinedGroup,
    types.GroupChange: neo.GroupInfoEvent,
    types.CallMeta: neo.BasicCallMeta, types.Node: neo.Node, types.CallOffer: neo.CallOffer,
    types.CallTerminate: neo.CallTerminate, types.Upload: neo.UploadResponse,
    types.NumberAnswer: neo.IsOnWhatsAppResponse, types.VerifiedName: neo.VerifiedName,
    types.VerifiedDetails: names.VerifiedNameCertificate.Details, types.Contact: neo.ContactInfo,
    types.Picture: neo.ProfilePictureInfo, types.Vote: e2e.PollVoteMessage,
    types.SentAnswer: neo.SendResponse, types.Attribute: neo.NodeAttrs,
    types.UserDetails: neo.UserInfo, types.UserAnswer: neo.GetUserInfoSingleReturnFunction,
    types.BlockList: neo.Blocklist,
}
CLASSES = {
    types.Contacts: client.ContactStore, types.Client: client.NewClient, types.Dispatcher: events.Event
}
SET_AT_START = {"event", "contact", "execute"}

for declared, protobuf in PROTOBUFS.items():
    unknown = set(declared.__annotations__) - set(protobuf.DESCRIPTOR.fields_by_name)
    assert not unknown, (declared, unknown)
for name in types.Events.__annotations__:
    assert name in vars(events), name
for declared, real in CLASSES.items():
    methods = {name for name in vars(declared) if callable(vars(declared)[name]) and name[0] != "_"}
    assert methods or declared is types.Dispatcher
    missing = (methods | set(declared.__annotations__)) - set(dir(real)) - SET_AT_START
    assert not missing, (declared, missing)
declared = {kind for kind in vars(types).values() if getattr(kind, "__module__", "") == types.__name__}
assert declared - {types._E} == {*PROTOBUFS, *CLASSES, types.Events, types.Part}
"""


def test_every_name_that_is_declared_is_one_of_neonizes() -> None:
    """Its fields, methods and events: a newer neonize without one of them is noticed here."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_only_the_loader_imports_neonize() -> None:
    """Not even by a name in a text, which the contracts of imports cannot see."""
    folder = Path(core.engine.whatsapp.__path__[0])
    importing = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Name) and node.id == "__import__")
        or (isinstance(node, ast.Attribute) and node.attr == "import_module")
        or (isinstance(node, ast.Import) and any(name.name.startswith("neonize") for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neonize"))
    }
    assert importing == {"loader.py"}
