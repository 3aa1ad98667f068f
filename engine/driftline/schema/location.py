"""Where the published JSON Schemas lie: inside the wheel, or beside the source tree of a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
SCHEMAS = _PACKAGE / "schemas" if (_PACKAGE / "schemas").is_dir() else _PACKAGE.parent.parent / "schemas"
