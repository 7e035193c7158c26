"""Every way to send a file, over a socket, and what is listed and served of it afterwards."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from tools.prove.inventory import endpoint_readers
from tools.prove.kinds import Person, librephotos, native_token, photoshelter_token
from tools.prove.pinned import Got, Pinned
from tools.prove.proof import require

_BOUNDARY = "----prove-7f3a9e"
_MULTIPART = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
_PIECE = 1024 * 1024


class Way(Protocol):
    """`realm` is the wire's; `paths` are the endpoints that take files on it."""

    realm: str
    paths: Sequence[str]

    @abstractmethod
    def send(self, worker: Pinned, name: str, content: bytes) -> Got:
        """The last answer: the refusal, or what says that the photo is there."""


class Native(Way):
    realm = "native"
    paths = ("/v1/photos",)

    def __init__(self, worker: Pinned, person: Person) -> None:
        self._shown = {"authorization": f"Bearer {native_token(worker, person)}"}

    def send(self, worker: Pinned, name: str, content: bytes) -> Got:
        body = file_part("files", name, content)
        return worker.ask("POST", "/v1/photos", self._shown | _MULTIPART, body)


class PhotoShelter(Way):
    realm = "photoshelter"
    paths = ("/psapi/v3/mem/image/upload", "/psapi/v3.0/mem/image/upload")

    def __init__(self, worker: Pinned, person: Person) -> None:
        self._shown = dict(photoshelter_token(worker, person)[0].headers)

    def send(self, worker: Pinned, name: str, content: bytes) -> Got:
        body = file_part("file", name, content)
        return worker.ask("POST", self.paths[0], self._shown | _MULTIPART, body)


class LibrePhotos(Way):
    """In pieces of a megabyte; the name comes with the last request, as JSON."""

    realm = "librephotos"
    paths = ("/api/upload",)

    def __init__(self, worker: Pinned, person: Person) -> None:
        self._shown = dict(librephotos(worker, person)[0].headers)

    def send(self, worker: Pinned, name: str, content: bytes) -> Got:
        upload_id, start = "", 0
        while True:
            piece = content[start : start + _PIECE]
            # An empty file has no range of bytes.
            span = {"content-range": f"bytes {start}-{start + len(piece) - 1}/{len(content)}"}
            headers = self._shown | _MULTIPART | (span if piece else {})
            field = _part(f'name="upload_id"\r\n\r\n{upload_id}'.encode())
            body = field + file_part("file", "blob", piece)
            got = worker.ask("POST", "/api/upload/", headers, body)
            if got.status != 200:
                return got
            upload_id, start = got.json["upload_id"], start + len(piece)
            if start >= len(content):
                break
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        done = {"upload_id": upload_id, "md5": md5, "filename": name}
        return worker.send_json("POST", "/api/upload/complete/", done, self._shown)


def file_part(field: str, name: str, content: bytes) -> bytes:
    """A whole multipart body with one file. The name stands in it as it is: no client would send
    some of these."""
    head = f'name="{field}"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    whole = _part(head.encode("utf-8", "surrogatepass") + content)
    return whole + f"--{_BOUNDARY}--\r\n".encode()


def _part(rest: bytes) -> bytes:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + rest + b"\r\n"


def every_way(worker: Pinned, person: Person) -> tuple[Way, ...]:
    """Raises Broken when an endpoint takes files that none of them sends any to."""
    ways = (Native(worker, person), PhotoShelter(worker, person), LibrePhotos(worker, person))
    tried = {path for way in ways for path in way.paths}
    taking = {
        f"{found.mount}{found.endpoint.path}" for found in endpoint_readers() if found.takes_files
    }
    require(taking == tried, f"these take files, and are not tried: {sorted(taking - tried)}")
    return ways


class Library:
    """What the person has, as the native API shows it."""

    def __init__(self, worker: Pinned, person: Person) -> None:
        self._shown = {"authorization": f"Bearer {native_token(worker, person)}"}

    def photos(self, worker: Pinned) -> list[dict[str, object]]:
        """The newest first: those that matter here fit on a page."""
        got = worker.ask("GET", "/v1/photos?limit=100", self._shown)
        require(got.status == 200, f"the list of photos gets {got.status} {got.body!r:.200}")
        items: list[dict[str, object]] = got.json["items"]
        return items

    def all_photos(self, worker: Pinned) -> list[dict[str, object]]:
        """Page by page."""
        found: list[dict[str, object]] = []
        cursor = ""
        while True:
            got = worker.ask("GET", f"/v1/photos?limit=100{cursor}", self._shown)
            require(got.status == 200, f"the list of photos gets {got.status} {got.body!r:.200}")
            found += got.json["items"]
            if got.json["next"] is None:
                return found
            cursor = f"&cursor={got.json['next']}"

    def original(self, worker: Pinned, photo: object) -> Got:
        return worker.ask("GET", f"/v1/photos/{photo}/original", self._shown)

    def thumbnail(self, worker: Pinned, photo: object, size: str) -> Got:
        return worker.ask("GET", f"/v1/photos/{photo}/thumbnail?size={size}", self._shown)

    def delete(self, worker: Pinned, photo: object) -> Got:
        return worker.ask("DELETE", f"/v1/photos/{photo}", self._shown)
