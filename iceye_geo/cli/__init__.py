"""`iceye-geo`: a thin face over the same calls as Python's. Commands live in modules of their own."""

from __future__ import annotations

import sys

from iceye_geo.errors import IceyeGeoError


def main() -> None:
    """Run the command line; an error of ours, or of a file that cannot be used, is a line on stderr and exit code 1."""
    from iceye_geo.cli.app import app, console

    try:
        app()
    except IceyeGeoError as error:
        console.print(f"[bold red]error[/] {type(error).__name__}:", error, highlight=False, markup=True)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        console.print(f"[bold red]error[/] {error.filename}: {error.strerror}", highlight=False)
        sys.exit(1)


__all__ = ["main"]
