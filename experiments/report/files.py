"""Files of a report: all of them are written, or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from experiments.store import explain_write


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files, those that are there already in one step each once all are on the disk.

    Args:
        contents: what goes into each file.

    Raises:
        InputError: a folder cannot be written, or the disk is full.
    """
    asides = {path: path.with_name(f".partial-{path.name}-{os.getpid()}") for path in contents}
    made = [path.parent for path in contents if not path.parent.exists()]
    place = Path()
    try:
        for path, content in contents.items():
            place = path
            path.parent.mkdir(parents=True, exist_ok=True)
            asides[path].write_bytes(content)
        for place, aside in asides.items():
            aside.replace(place)
    except OSError as error:
        raise explain_write(error, place, setting="out", what="FILE") from None
    finally:
        for aside in asides.values():
            with suppress(OSError):
                aside.unlink(missing_ok=True)
        for folder in made:
            # Goes only if nothing was put into it.
            with suppress(OSError):
                folder.rmdir()
