"""What a person can do wrong, in words that can be shown to them."""


class DomainError(Exception):
    """Something a person can mend. `words` is shown to them; `field` names the input it belongs to, if one does."""

    def __init__(self, words: str, field: str | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.field = field
