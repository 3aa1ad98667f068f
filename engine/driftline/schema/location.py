"""Where files that ship beside the code lie: inside the wheel, or beside the source tree of a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_IS_WHEEL = (_PACKAGE / "schemas").is_dir()
SCHEMAS = _PACKAGE / "schemas" if _IS_WHEEL else _PACKAGE.parent.parent / "schemas"
CODE_PAGES = _PACKAGE / "codes" if _IS_WHEEL else _PACKAGE.parent.parent / "docs" / "reference" / "codes"
