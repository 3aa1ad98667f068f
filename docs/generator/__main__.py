"""`python -m docs.generator`: write the reference pages and record the outputs that README and docs show."""

from __future__ import annotations

from docs.generator import pages, recorded, references


def main() -> None:
    """Write all, and say what changed."""
    for path in [*pages.write(), *references.write(), *recorded.write()]:
        print(path)


if __name__ == "__main__":
    main()
