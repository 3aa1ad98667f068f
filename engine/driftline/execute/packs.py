"""Profiles as bytes: a pack holds what the specs of one cut read of one pane, whatever its segments and versions.

Arrow IPC with zstd: one frame for all profiles of a kind, behind a header that says which rows are whose.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_SPEC, _PART = "__spec", "__part"


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
    frames: dict[str, list[pl.DataFrame]] = {}
    for name, (spec, parts) in found.items():
        segments = [[list(pair) for pair in part.segment] for part in parts]
        specs.append({"spec": name, "kind": spec.kind, "parts": segments})
        for number, part in enumerate(parts):
            frames.setdefault(spec.kind, []).append(_marked(part.profile.frame(), len(specs) - 1, number))
    bodies = {kind: _ipc(of_kind) for kind, of_kind in frames.items()}
    header = {"format": FORMAT, "specs": specs, "frames": [[kind, len(body)] for kind, body in bodies.items()]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([_LENGTH.pack(len(text)), text, *bodies.values()])


def contents(data: bytes) -> tuple[str, ...]:
    """The fingerprints of the specs in a pack."""
    return tuple(each["spec"] for each in _header(data)[0]["specs"])


def unpack(data: bytes, wanted: Mapping[str, ProfileSpec]) -> dict[str, tuple[Held, ...]]:
    """The profiles of the wanted specs, by fingerprint; a spec that is not in the pack is left out.

    Raises PackDamaged.
    """
    import polars as pl

    try:
        header, offset = _header(data)
        kinds = {each["kind"] for each in header["specs"] if each["spec"] in wanted}
        frames: dict[str, pl.DataFrame] = {}
        for kind, length in header["frames"]:
            if kind in kinds:
                frames[kind] = pl.read_ipc_stream(BytesIO(data[offset : offset + length]))
            offset += length
        if offset != len(data):
            raise PackDamaged("a pane is cut short")
        return dict(_profiles(header, frames, wanted))
    except (struct.error, ValueError, KeyError, TypeError, IndexError, OSError, pl.exceptions.PolarsError) as error:
        raise PackDamaged(f"a pane cannot be read ({type(error).__name__})") from error


def _profiles(
    header: Mapping[str, Any], frames: Mapping[str, pl.DataFrame], wanted: Mapping[str, ProfileSpec]
) -> Iterator[tuple[str, tuple[Held, ...]]]:
    specs = {n: wanted[each["spec"]] for n, each in enumerate(header["specs"]) if each["spec"] in wanted}
    loaded = {
        kind: _loaded(frame, [n for n in specs if specs[n].kind == kind], specs) for kind, frame in frames.items()
    }
    for number, spec in specs.items():
        each, profiles = header["specs"][number], loaded.get(spec.kind, {})
        yield (
            each["spec"],
            tuple(
                Held(_segment(segment), profiles.get((number, at)) or spec.empty())
                for at, segment in enumerate(each["parts"])
            ),
        )


def _loaded(
    frame: pl.DataFrame, numbers: Sequence[int], specs: Mapping[int, ProfileSpec]
) -> dict[tuple[Any, ...], Profile]:
    """The profiles of one kind, by number of spec and part: what is serialised says all, so that any spec reads all."""
    import polars as pl

    if not numbers:
        return {}
    if frame[_SPEC].n_unique() > len(numbers):
        frame = frame.filter(pl.col(_SPEC).is_in(numbers))
    return specs[numbers[0]].load_parts(frame, [_SPEC, _PART])


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    (length,) = _LENGTH.unpack_from(data)
    header = json.loads(data[_LENGTH.size : _LENGTH.size + length])
    if header["format"] != FORMAT:
        raise PackDamaged(f"a pane has format {header['format']}, this driftline reads {FORMAT}")
    return header, _LENGTH.size + length


def _marked(frame: pl.DataFrame, spec: int, part: int) -> pl.DataFrame:
    import polars as pl

    return frame.with_columns(pl.lit(spec, pl.Int32()).alias(_SPEC), pl.lit(part, pl.Int32()).alias(_PART))


def _ipc(frames: Iterable[pl.DataFrame]) -> bytes:
    import polars as pl

    out = BytesIO()
    pl.concat(frames, how="diagonal_relaxed").write_ipc_stream(out, compression="zstd")
    return out.getvalue()


def _segment(pairs: Sequence[Sequence[str]]) -> Segment:
    return tuple((name, value) for name, value in pairs)
