"""Finds Tokenry's opaque tokens with detect-secrets (https://github.com/Yelp/detect-secrets), and no string whose
checksum is wrong:

    detect-secrets scan --all-files -p examples/scanners/detect_secrets_plugin.py DIRECTORY
"""

import re
import zlib
from typing import Generator

from detect_secrets.plugins.base import RegexBasedDetector

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM_LENGTH = 6


def checksum(text: str) -> str:
    """The CRC-32 of a text as six digits in base 62."""
    value, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


class TokenryDetector(RegexBasedDetector):
    """Looks for the form first, and then checks the last six characters."""

    secret_type = "Tokenry API token"
    denylist = [re.compile(r"(?<![0-9A-Za-z_])tky_(?:pat|svc)_[0-9A-Za-z]{64}(?![0-9A-Za-z_])")]

    def analyze_string(self, string: str) -> Generator[str, None, None]:
        for found in super().analyze_string(string):
            if checksum(found[:-CHECKSUM_LENGTH]) == found[-CHECKSUM_LENGTH:]:
                yield found
