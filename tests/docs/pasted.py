"""Feed stdin to Python's interactive prompt line by line, as a person pastes it: `python tests/docs/pasted.py`.

The prompt is no script: a blank line ends an indented block, and nothing else does. Each block of a page is one paste;
between two of them stands a form feed.
"""

import sys
from code import InteractiveConsole

PASTE = "\f"


class Prompt(InteractiveConsole):
    """Takes a paste, and gives up at the first thing it cannot run."""

    def write(self, data: str) -> None:
        """Be told of an error, of syntax or another."""
        sys.exit(data)

    def paste(self, text: str) -> None:
        waiting = False
        for line in text.strip("\n").split("\n"):
            waiting = self.push(line)
        if waiting:
            sys.exit(f"the prompt waits for the rest of a block after:\n{text}")


if __name__ == "__main__":
    sys.displayhook = lambda _answer: None  # echoes are for people; what is printed is compared
    prompt = Prompt()
    for each in sys.stdin.read().split(PASTE):
        prompt.paste(each)
