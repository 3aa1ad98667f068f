"""Profiles as bytes: a pack holds what the specs of one cut read of one pane, whatever its segments and versions.

Arrow IPC with zstd: one frame for all profiles of a kind, behind a header that says which rows are whose.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from driftline.compile.request import Segment
from driftline.errors import DriftlineError
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, ScanContext

if TYPE_CHECKING:
    import polars as pl

FORMAT = 1  # of a pack; a change makes every pack that is kept one of another cut, so that it is made again
_LENGTH = struct.Struct("<I")
_SPEC, _PART, _PACK = "__spec", "__part", "__pack"
_KEYS = [_PACK, _SPEC, _PART]


class PackDamaged(DriftlineError):
    """A pack that cannot be read; whoever finds one makes it again from the rows."""

    exit_code = 3


@dataclass(frozen=True)
class PackEntry:
    """What is kept of one cut on one pane, without its profiles.

    `shelf` says of which source, `cut` of which rows and slices, `contents` of which specs; `rows` how many rows it
    rests on; `token` is the identity of the files behind a whole data set, whose `pane` has no bounds.
    """

    shelf: str
    cut: str
    contents: str
    pane: Interval
    token: str | None
    rows: int


@dataclass(frozen=True)
class Pack(PackEntry):
    """What is kept of one cut on one pane."""

    data: bytes

    @property
    def entry(self) -> PackEntry:
        return PackEntry(self.shelf, self.cut, self.contents, self.pane, self.token, self.rows)


@dataclass(frozen=True)
class Held:
    """One profile of a pack: that of one segment."""

    segment: Segment
    profile: Profile


def fingerprint(*parts: object) -> str:
    """A short name for what makes two profiles the same measurement."""
    return hashlib.sha256("\x1f".join(repr(part) for part in (FORMAT, *parts)).encode()).hexdigest()[:20]


def spec_fingerprint(spec: ProfileSpec, context: ScanContext) -> str:
    """A spec with its parameters, its version, and the resolutions of its columns."""
    chosen = {name: k for name, k in context.resolutions.items() if name.rpartition(":")[2] in spec.columns()}
    return fingerprint(spec.kind, spec.version, spec, sorted(chosen.items()))


def pack(found: Mapping[str, tuple[ProfileSpec, Sequence[Held]]]) -> bytes:
    """Profiles by the fingerprint of their spec, as bytes."""
    specs: list[dict[str, Any]] = []
    held: dict[str, list[tuple[int, int, Profile]]] = {}
    for name, (spec, parts) in found.items():
        segments = [[list(pair) for pair in part.segment] for part in parts]
        specs.append({"spec": name, "kind": spec.kind, "parts": segments})
        for number, part in enumerate(parts):
            held.setdefault(spec.kind, []).append((len(specs) - 1, number, part.profile))
    bodies = {kind: _ipc(of_kind) for kind, of_kind in held.items()}
    header = {"format": FORMAT, "specs": specs, "frames": [[kind, len(body)] for kind, body in bodies.items()]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([_LENGTH.pack(len(text)), text, *bodies.values()])


def contents(data: bytes) -> tuple[str, ...]:
    """The fingerprints of the specs in a pack. Raises PackDamaged."""
    with _damage():
        return tuple(each["spec"] for each in _header(data)[0]["specs"])


@dataclass(frozen=True)
class Opened:
    """A pack that was opened for some specs: the segments of each, and the tables of their kinds."""

    segments: Mapping[str, Sequence[Segment]]
    numbers: Mapping[str, int]
    frames: Mapping[str, pl.DataFrame]


def opened(data: bytes, wanted: Mapping[str, ProfileSpec]) -> Opened:
    """What a pack holds of the wanted specs, by fingerprint; a spec that is not in it is left out.

    Raises PackDamaged.
    """
    import polars as pl

    with _damage():
        header, offset = _header(data)
        there = {each["spec"]: number for number, each in enumerate(header["specs"]) if each["spec"] in wanted}
        segments = {name: [_segment(part) for part in header["specs"][n]["parts"]] for name, n in there.items()}
        kinds = {header["specs"][number]["kind"] for number in there.values()}
        frames: dict[str, pl.DataFrame] = {}
        for kind, length in header["frames"]:
            if kind in kinds:
                frame = pl.read_ipc_stream(BytesIO(data[offset : offset + length]))
                numbers = [there[name] for name in there if wanted[name].kind == kind]
                frames[kind] = (
                    frame.filter(pl.col(_SPEC).is_in(numbers)) if len(there) < len(header["specs"]) else frame
                )
            offset += length
        if offset != len(data):
            raise PackDamaged("a pane is cut short")
        return Opened(segments, there, frames)


def unpack(packs: Sequence[Opened], wanted: Mapping[str, ProfileSpec]) -> list[dict[str, tuple[Held, ...]]]:
    """The profiles of each of some packs, by fingerprint of the spec.

    All of a kind are made from one table: a table of each pack would cost more than its contents. Raises PackDamaged.
    """
    with _damage():
        tables: dict[str, list[pl.DataFrame]] = {}
        for number, one in enumerate(packs):
            for kind, frame in one.frames.items():
                tables.setdefault(kind, []).append(_with(frame, **{_PACK: number}))
        readers = {spec.kind: spec for spec in wanted.values()}  # what is serialised says all: any spec reads all
        loaded = {kind: readers[kind].load_parts(_concat(those), _KEYS) for kind, those in tables.items()}
        return [
            {
                name: tuple(
                    Held(segment, loaded[spec.kind].get((number, one.numbers[name], part)) or spec.empty())
                    for part, segment in enumerate(one.segments[name])
                )
                for name, spec in wanted.items()
                if name in one.numbers
            }
            for number, one in enumerate(packs)
        ]


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever goes wrong inside with bytes of a pack is its damage."""
    import polars as pl

    try:
        yield
    except (struct.error, ValueError, KeyError, TypeError, IndexError, OSError, pl.exceptions.PolarsError) as error:
        raise PackDamaged(f"a pane cannot be read ({type(error).__name__})") from error


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    (length,) = _LENGTH.unpack_from(data)
    header = json.loads(data[_LENGTH.size : _LENGTH.size + length])
    if header["format"] != FORMAT:
        raise PackDamaged(f"a pane has format {header['format']}, this driftline reads {FORMAT}")
    return header, _LENGTH.size + length


def _with(frame: pl.DataFrame, **numbers: int) -> pl.DataFrame:
    import polars as pl

    return frame.with_columns(pl.lit(number, pl.Int32()).alias(name) for name, number in numbers.items())


def _concat(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    import polars as pl

    return pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]


def _ipc(held: Sequence[tuple[int, int, Profile]]) -> bytes:
    """Profiles of one kind as one table, each with the numbers of its spec and part."""
    import numpy as np
    import polars as pl

    specs, parts, profiles = zip(*held, strict=True)
    frame, heights = type(profiles[0]).frames(profiles)
    marks = [
        pl.Series(name, np.repeat(np.array(of, np.int32), heights)) for name, of in ((_SPEC, specs), (_PART, parts))
    ]
    out = BytesIO()
    frame.with_columns(marks).write_ipc_stream(out, compression="zstd")
    return out.getvalue()


def _segment(pairs: Sequence[Sequence[str]]) -> Segment:
    return tuple((name, value) for name, value in pairs)
