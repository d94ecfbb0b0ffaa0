"""CLOUDINARY_URL taken apart: who Easel is at Cloudinary, and at which addresses its pictures may be."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

UPLOAD_PREFIX = "https://api.cloudinary.com"
"""Other regions have others (https://cloudinary.com/documentation/admin_api#regions)."""
DELIVERY_HOST = "res.cloudinary.com"
CNAMES = ("cname", "secure_distribution")
"""The names under which a CLOUDINARY_URL may carry an account's own delivery host."""

_URL = re.compile(r"cloudinary://([A-Za-z0-9_-]+):([^\s:@/?#<>]+)@([A-Za-z0-9][A-Za-z0-9_-]*)/?(?:\?(.*))?")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+")
_SHAPE = "must be cloudinary://key:secret@cloud, as Cloudinary's console shows it"


@dataclass(frozen=True, slots=True)
class CloudinaryAccount:
    """`prefix`: where the API is, without a slash at the end. `hosts`: where pictures are served, besides there."""

    cloud: str
    key: str
    secret: str = field(repr=False)
    prefix: str
    hosts: frozenset[str]

    def endpoint(self, action: str) -> str:
        return f"{self.prefix}/v1_1/{self.cloud}/image/{action}"

    def serves(self, url: str) -> bool:
        """Whether a picture's address is one of this account: nothing else is ever fetched or shown."""
        try:
            given, api = urlsplit(url), urlsplit(self.prefix)
            if given.username is not None or given.password is not None:
                return False
            if (given.scheme, given.hostname, given.port) == (api.scheme, api.hostname, api.port):
                return True
            return given.scheme == "https" and given.port in (None, 443) and given.hostname in self.hosts
        except ValueError:
            return False


def parse_cloudinary_url(url: str, prefix: str = UPLOAD_PREFIX) -> CloudinaryAccount:
    """Raises ValueError, with a sentence that never shows the secret."""
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(_SHAPE)
    key, secret, cloud, query = match.groups()
    options = parse_qsl(query or "", keep_blank_values=True)
    if any(name not in CNAMES or not _HOST.fullmatch(value) for name, value in options):
        raise ValueError(f"{_SHAPE}; after a question mark only {' or '.join(CNAMES)} and a host may follow")
    own = {value for _, value in options}
    return CloudinaryAccount(
        cloud, key, secret, prefix.rstrip("/"), frozenset({DELIVERY_HOST, f"{cloud}-{DELIVERY_HOST}", *own})
    )
