"""Zip archives as office programs write them, read with an eye on what they may become, and written again."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from seq2seq.errors import DataError

MOST_BYTES = 2**28  # of all members
MOST_GROWTH = 250  # bytes a byte of the archive, where that is more than FREE_BYTES
FREE_BYTES = 2**24
_BLOCK = 2**16
_OLE = b"\xd0\xcf\x11\xe0"  # how files of Office before 2007 begin, and encrypted ones of today
_ENCRYPTED = 1  # the bit in a member's flags


@dataclass(frozen=True)
class Archive:
    """The members of an archive, in order."""

    members: tuple[tuple[ZipInfo, bytes], ...]

    def named(self) -> dict[str, bytes]:
        """What each member holds."""
        return {info.filename: data for info, data in self.members}

    def written(self, changed: Mapping[str, bytes]) -> bytes:
        """The archive with other contents for some members."""
        file = BytesIO()
        with ZipFile(file, "w") as archive:
            for info, data in self.members:
                copy = ZipInfo(info.filename, info.date_time)
                copy.compress_type, copy.external_attr = info.compress_type, info.external_attr
                copy.create_system, copy.comment = info.create_system, info.comment
                archive.writestr(copy, changed.get(info.filename, data))
        return file.getvalue()


def read_archive(data: bytes, where: str) -> Archive:
    """`DataError` where it is no archive, an encrypted one, or one that grows beyond all measure."""
    if data.startswith(_OLE):
        raise DataError(f"{where} is encrypted, or a file of Office before 2007; save it anew without a password")
    try:
        with ZipFile(BytesIO(data)) as archive:
            return Archive(tuple(_members(archive, len(data), where)))
    except (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{where} is no zip archive that can be read: {error}") from None


def _members(archive: ZipFile, size: int, where: str) -> list[tuple[ZipInfo, bytes]]:
    most = min(MOST_BYTES, max(FREE_BYTES, size * MOST_GROWTH))
    members: list[tuple[ZipInfo, bytes]] = []
    names: set[str] = set()
    for info in archive.infolist():
        if info.flag_bits & _ENCRYPTED:
            raise DataError(f"{where} is encrypted; save it anew without a password")
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise DataError(f"{where} packs {info.filename} in a way that office programs don't; save it anew")
        if info.filename in names:
            raise DataError(f"{where} holds {info.filename} twice; save it anew")
        names.add(info.filename)
        blocks = []
        with archive.open(info) as file:
            while block := file.read(_BLOCK):
                blocks.append(block)
                most -= len(block)
                if most < 0:
                    raise DataError(f"{where} holds far more than its size tells (a zip bomb?); it is not read")
        members.append((info, b"".join(blocks)))
    return members
