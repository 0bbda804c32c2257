"""python -m consent.cli"""

from __future__ import annotations

from consent.cli import main

main()
