"""One small tree of errors; caught only at a door."""


class VentosaError(Exception):
    """The root of every error that Ventosa raises on purpose."""


class InputError(VentosaError):
    """Something that was handed in cannot be used; ``path`` names where."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str]]:
        # Raised in another process, it arrives here whole.
        return type(self), (self.path, self.problem)


class KnowledgeError(VentosaError):
    """A knowledge file cannot be used; names the file and the field."""

    def __init__(self, file: str, where: str, problem: str) -> None:
        super().__init__(f"{file}: {where}: {problem}" if where else f"{file}: {problem}")
        self.file = file
        self.where = where
        self.problem = problem

    def __reduce__(self) -> tuple[type["KnowledgeError"], tuple[str, str, str]]:
        return type(self), (self.file, self.where, self.problem)


class OutOfRange(VentosaError):
    """A model was asked beyond what it was made for."""


class NotAllowed(VentosaError):
    """Something was about to leave that the checker refuses."""
