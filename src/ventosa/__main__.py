"""``python -m ventosa`` is the same program as ``ventosa``."""

from ventosa.cli import main

if __name__ == "__main__":  # a process started beside this one reads this file too
    main()
