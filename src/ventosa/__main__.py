"""``python -m ventosa`` is the same program as ``ventosa``."""

from ventosa.cli import main

main()
