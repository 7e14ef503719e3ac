"""What an e-mail address is to us: one that a letter can be addressed to, wherever it is said."""

import re
from typing import Final

ATOMS: Final = r"[A-Za-z0-9!#$%&'+*/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'+*/=?^_`{|}~-]+)*"
HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
LONGEST_ADDRESS: Final = 254
LONGEST_LOCAL_PART: Final = 64
# In ASCII and unquoted: not every server takes anything else, and what none takes reaches nobody.
ADDRESS: Final = rf"(?=[^@]{{1,{LONGEST_LOCAL_PART}}}@){ATOMS}@{HOST}"
_ADDRESS: Final = re.compile(ADDRESS, re.ASCII)


def is_address(text: str) -> bool:
    """Tell whether a letter can be addressed to this."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None
