"""Private links: the person named in a contribution sees what is recorded of their work, and says whether it is so."""
