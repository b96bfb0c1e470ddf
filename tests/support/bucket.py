"""A small server in the shape of S3, for one bucket: what it was given lies in memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "copias"
ACCESS_KEY, SECRET_KEY = "AKTEST", "segredo-do-teste"


class Bucket:
    """The server, and what it holds."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.refuses = False
        """Answer everything with 403, as for a key that was taken back."""
        self.refused = 0
        """How often it did."""
        self.unsigned = 0
        """Requests that did not carry the access key."""
        self.most_at_once = 0
        """Bytes of the largest request."""
        self.most_given = 0
        """Bytes of the largest answer with a part of an object."""
        bucket = self

        class Handler(_Handler):
            served = bucket

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; the port answers nothing any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    """A server until the end of the block."""
    bucket = Bucket()
    try:
        yield bucket
    finally:
        bucket.close()


class _Handler(BaseHTTPRequestHandler):
    served: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name of the base class
        """Say nothing."""

    def _key(self) -> tuple[str, dict[str, list[str]]]:
        address = urlsplit(self.path)
        return unquote(address.path).removeprefix(f"/{BUCKET}").lstrip("/"), parse_qs(
            address.query, keep_blank_values=True
        )

    def _answer(self, status: int, body: str = "", **headers: str) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _body(self) -> bytes:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.served.most_at_once = max(self.served.most_at_once, len(data))
        return data

    def _refused(self, body: bytes = b"") -> bool:
        if f"Credential={ACCESS_KEY}/" not in self.headers.get("Authorization", ""):
            self.served.unsigned += 1
        if self.served.refuses:
            self.served.refused += 1
            self._answer(403, "<Error><Code>AccessDenied</Code></Error>")
        return self.served.refuses

    def do_PUT(self) -> None:
        data, (key, query) = self._body(), self._key()
        if self._refused():
            return
        if "uploadId" in query:
            self.served.parts[query["uploadId"][0]][int(query["partNumber"][0])] = data
        else:
            self.served.objects[key] = data
        self._answer(200, ETag='"1"')

    def do_POST(self) -> None:
        data, (key, query) = self._body(), self._key()
        if self._refused():
            return
        if "uploads" in query:
            upload = str(len(self.served.parts))
            self.served.parts[upload] = {}
            self._answer(
                200,
                f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>",
            )
        elif "uploadId" in query:
            parts = self.served.parts.pop(query["uploadId"][0])
            self.served.objects[key] = b"".join(parts[number] for number in sorted(parts))
            self._answer(
                200, '<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>'
            )
        else:
            names = re.findall(r"<Key>([^<]+)</Key>", data.decode())
            for name in names:
                self.served.objects.pop(name, None)
            gone = "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names)
            self._answer(200, f"<DeleteResult>{gone}</DeleteResult>")

    def do_HEAD(self) -> None:
        key, _ = self._key()
        if self._refused():
            return
        if key in self.served.objects:
            self._give(self.served.objects[key])
        else:
            self._answer(404)

    def do_GET(self) -> None:
        key, query = self._key()
        if self._refused():
            return
        if key:
            self._get(key)
            return
        prefix = query.get("prefix", [""])[0]
        rows = "".join(
            f'<Contents><Key>{escape(name)}</Key><Size>{len(data)}</Size><ETag>"1"</ETag>'
            "<LastModified>2026-11-26T00:00:00.000Z</LastModified></Contents>"
            for name, data in sorted(self.served.objects.items())
            if name.startswith(prefix)
        )
        self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")

    def _get(self, key: str) -> None:
        if key not in self.served.objects:
            self._answer(404, "<Error><Code>NoSuchKey</Code></Error>")
            return
        data = self.served.objects[key]
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked is None:
            self._give(data)
            return
        start, end = int(asked[1]), int(asked[2]) + 1
        self._give(data[start:end], partly=f"bytes {start}-{min(end, len(data)) - 1}/{len(data)}")

    def _give(self, data: bytes, *, partly: str = "") -> None:
        """Answer with bytes of an object, or, to HEAD, with what is to be known of it."""
        self.send_response(206 if partly else 200)
        if partly:
            self.send_header("Content-Range", partly)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 26 Nov 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.served.most_given = max(self.served.most_given, len(data))
            self.wfile.write(data)

    def do_DELETE(self) -> None:
        key, query = self._key()
        if self._refused():
            return
        if "uploadId" in query:
            self.served.parts.pop(query["uploadId"][0], None)
        else:
            self.served.objects.pop(key, None)
        self._answer(204)
