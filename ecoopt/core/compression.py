"""Compression: gzip, xz and zstd expanded within a limit; gzip and zstd written, the same bytes every time."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from typing import Any

import zstandard

from ecoopt.core.errors import InputError

LIMIT_BYTES = 512 * 2**20
"""Default limit on what a file may hold once decompressed."""

_INPUT_PIECE = 2**16
_OUTPUT_PIECE = 2**18
_ZSTD_PIECE = 2**9  # an engine call cannot be bounded in its output, and 4 bytes can stand for 128 KiB
_ZSTD_WINDOW = 2**27
_XZ_MEMORY = 2**28


def decompress(raw: bytes, source: str, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Return the content of `raw`; the format is told by its first bytes, anything unknown is taken as it is.

    Time and memory are bounded by `limit_bytes`, whatever the headers claim.

    Parameters
    ----------
    raw : bytes
        Plain, or gzip, xz or zstd; several members one after another are joined.
    source : str
        Name for messages.
    limit_bytes : int
        Largest content accepted.

    Raises
    ------
    InputError
        When the content is damaged, cut short or larger than `limit_bytes`.
    """
    content = bytearray()
    try:
        for piece in _pieces(raw):
            content += piece
            if len(content) > limit_bytes:
                raise too_large(source, limit_bytes)
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        raise InputError.one(source, "", f"damaged compressed file: {error}", "fetch or compress it again") from None
    except EOFError:
        raise InputError.one(source, "", "compressed file is cut short", "fetch or compress it again") from None
    return bytes(content)


def compress(content: bytes, name: str, *, zstd_level: int = 10) -> bytes:
    """Return `content` compressed as the suffix of `name` says: .gz, .zst, or not at all.

    The result depends on the content alone: no time and no name is stored.
    """
    suffix = name.lower().rpartition(".")[2]
    if suffix == "gz":
        return gzip.compress(content, compresslevel=6, mtime=0)
    if suffix == "zst":
        return zstandard.ZstdCompressor(level=zstd_level).compress(content)
    return content


def too_large(source: str, limit_bytes: int) -> InputError:
    """Return the error for content over the limit."""
    size = f"{limit_bytes / 2**20:g} MiB" if limit_bytes >= 2**20 else f"{limit_bytes} bytes"
    mend = "check that it is the right file, or raise limit_bytes"
    return InputError.one(source, "", f"holds more than {size}", mend)


def _pieces(raw: bytes) -> Iterator[bytes]:
    """Yield the content in pieces of bounded size."""
    if raw[:2] == b"\x1f\x8b":
        return _members(raw, _Gzip)
    if raw[:6] == b"\xfd7zXZ\0":
        return _members(raw, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY))
    if raw[:4] == b"\x28\xb5\x2f\xfd":
        return _zstd(raw)
    return iter((raw,))


class _Gzip:
    """A zlib engine with lzma's interface: what it could not yet expand it keeps itself."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def needs_input(self) -> bool:
        return not self._engine.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._engine.unused_data

    def decompress(self, piece: bytes, limit: int) -> bytes:
        return self._engine.decompress(self._engine.unconsumed_tail + piece, limit)


def _members(raw: bytes, start: Any) -> Iterator[bytes]:
    """Yield the content of concatenated gzip members or xz streams; zero padding may follow each."""
    at = 0
    while at < len(raw):
        engine = start()
        while not engine.eof:
            piece = raw[at:at + _INPUT_PIECE] if engine.needs_input else b""
            at += len(piece)
            expanded = engine.decompress(piece, _OUTPUT_PIECE)
            if not (piece or expanded or engine.eof):
                raise EOFError
            yield expanded
        at -= len(engine.unused_data)
        while raw[at:at + 1] == b"\0":
            at += 1


def _zstd(raw: bytes) -> Iterator[bytes]:
    """Yield the content of concatenated zstd frames."""
    at = 0
    while at < len(raw):
        engine = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        while not engine.eof:
            piece = raw[at:at + _ZSTD_PIECE]
            if not piece:
                raise EOFError
            at += len(piece)
            yield engine.decompress(piece)
        at -= len(engine.unused_data)
