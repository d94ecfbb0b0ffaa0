"""A certificate authority of our own, and PayPal's way to sign a delivery with it."""

import base64
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SANDBOX_NAME = "messageverificationcerts.sandbox.paypal.com"
CERT_URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"


@dataclass(frozen=True)
class Signer:
    """`root` is what has to be trusted, `pem` what is at CERT_URL."""

    root: x509.Certificate
    pem: bytes
    key: rsa.RSAPrivateKey

    def signed(self, delivery: str, at: str, webhook_id: str, body: bytes) -> dict[str, str]:
        message = f"{delivery}|{at}|{webhook_id}|{zlib.crc32(body)}".encode()
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "content-type": "application/json", "paypal-transmission-id": delivery, "paypal-transmission-time": at,
            "paypal-transmission-sig": base64.b64encode(signature).decode(), "paypal-cert-url": CERT_URL,
            "paypal-auth-algo": "SHA256withRSA",
        }  # fmt: skip


def usurped(real: Signer, now: datetime) -> Signer:
    """Who has a genuine certificate's key signs another one with it, as if it were an authority's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    genuine = x509.load_pem_x509_certificate(real.pem)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SANDBOX_NAME)])
    leaf = (
        _base(subject, genuine.subject, key.public_key(), now, now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SANDBOX_NAME)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(real.key, hashes.SHA256())
    )
    return Signer(real.root, leaf.public_bytes(serialization.Encoding.PEM) + real.pem, key)


def signer(now: datetime, name: str = SANDBOX_NAME, days: int = 90) -> Signer:
    """Good from the day before `now`, for so many days after it."""
    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A root for tests")])
    ends = now + timedelta(days=days)
    ca = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = (
        _base(issuer, issuer, root_key.public_key(), now, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .add_extension(ca, critical=True)
        .sign(root_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    leaf = (
        _base(subject, issuer, key.public_key(), now, ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return Signer(root, leaf.public_bytes(serialization.Encoding.PEM), key)


def _base(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(ends)
    )
