"""Opens a value that Calendar Sync sealed: reads it from standard input and writes what is in it. Needs CREDENTIAL_KEYS.

    python unseal.py < token.txt

What comes out is a secret. For diagnosis and migrations; a producer has no need of it.
"""

import os
import sys

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


def unseal(token: str, credential_keys: list[str]) -> str:
    """Whichever key fits opens it. Raises InvalidToken where none does."""
    return MultiFernet([Fernet(key) for key in credential_keys]).decrypt(token.encode()).decode()


if __name__ == "__main__":
    keys = [key.strip() for key in os.environ["CREDENTIAL_KEYS"].split(",") if key.strip()]
    try:
        sys.stdout.write(unseal(sys.stdin.read().strip(), keys))
    except InvalidToken:
        sys.exit("no key in CREDENTIAL_KEYS opens this value")
