"""Print how results differ from the baseline, and keep them: ``python -m tests.baseline.update_baseline``."""

from __future__ import annotations

import json

from tests.baseline.baseline_cases import FILE, current, differences, kept


def main() -> None:
    """Print the differences and write the file."""
    new = current()
    lines = differences(kept(), new)
    print("\n".join(lines) if lines else "Nothing differs.")
    FILE.write_text(json.dumps(new, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
