"""Keyrings and master keys over keys that the job brings along."""

from aws_cryptographic_material_providers.mpl.models import (
    CreateRawAesKeyringInput,
    CreateRawEcdhKeyringInput,
    CreateRawRsaKeyringInput,
    EphemeralPrivateKeyToStaticPublicKeyInput,
    PublicKeyDiscoveryInput,
    RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey,
    RawEcdhStaticConfigurationsPublicKeyDiscovery,
    RawEcdhStaticConfigurationsRawPrivateKeyToStaticPublicKey,
    RawPrivateKeyToStaticPublicKeyInput,
)
from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from providers import CURVES, PROVIDERS

KEYRING_PADDINGS = {
    "pkcs1": "PKCS1",
    "oaep-sha1": "OAEP_SHA1_MGF1",
    "oaep-sha256": "OAEP_SHA256_MGF1",
    "oaep-sha384": "OAEP_SHA384_MGF1",
    "oaep-sha512": "OAEP_SHA512_MGF1",
}
MASTER_KEY_PADDINGS = {
    "pkcs1": WrappingAlgorithm.RSA_PKCS1,
    "oaep-sha1": WrappingAlgorithm.RSA_OAEP_SHA1_MGF1,
    "oaep-sha256": WrappingAlgorithm.RSA_OAEP_SHA256_MGF1,
    "oaep-sha384": WrappingAlgorithm.RSA_OAEP_SHA384_MGF1,
    "oaep-sha512": WrappingAlgorithm.RSA_OAEP_SHA512_MGF1,
}
MASTER_KEY_AES = {
    16: WrappingAlgorithm.AES_128_GCM_IV12_TAG16_NO_PADDING,
    24: WrappingAlgorithm.AES_192_GCM_IV12_TAG16_NO_PADDING,
    32: WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
}


def raw_keyring(spec, keys):
    if spec["kind"] == "aes":
        key = bytes.fromhex(keys[spec["key"]])
        return PROVIDERS.create_raw_aes_keyring(
            CreateRawAesKeyringInput(
                key_namespace=spec["namespace"],
                key_name=spec["name"],
                wrapping_key=key,
                wrapping_alg=f"ALG_AES{len(key) * 8}_GCM_IV12_TAG16",
            )
        )
    if spec["kind"] == "rsa":
        pair = keys[spec["key"]]
        return PROVIDERS.create_raw_rsa_keyring(
            CreateRawRsaKeyringInput(
                key_namespace=spec["namespace"],
                key_name=spec["name"],
                padding_scheme=KEYRING_PADDINGS[spec["padding"]],
                public_key=pair["publicKey"].encode(),
                private_key=pair["privateKey"].encode(),
            )
        )
    return PROVIDERS.create_raw_ecdh_keyring(
        CreateRawEcdhKeyringInput(curve_spec=CURVES[spec["curve"]], key_agreement_scheme=ecdh_scheme(spec, keys))
    )


def ecdh_scheme(spec, keys):
    """Private keys are given in PEM, public keys in DER: so the library asks for them."""
    if spec["schema"] == "static":
        return RawEcdhStaticConfigurationsRawPrivateKeyToStaticPublicKey(
            RawPrivateKeyToStaticPublicKeyInput(
                sender_static_private_key=keys[spec["sender"]]["privateKey"].encode(),
                recipient_public_key=public_der(keys[spec["recipient"]]),
            )
        )
    if spec["schema"] == "ephemeral":
        return RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey(
            EphemeralPrivateKeyToStaticPublicKeyInput(recipient_public_key=public_der(keys[spec["recipient"]]))
        )
    return RawEcdhStaticConfigurationsPublicKeyDiscovery(
        PublicKeyDiscoveryInput(recipient_static_private_key=keys[spec["recipient"]]["privateKey"].encode())
    )


def public_der(pair):
    return load_pem_public_key(pair["publicKey"].encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def raw_master_key(spec, keys):
    return RawMasterKey(
        key_id=bytes.fromhex(spec["nameHex"]),
        provider_id=spec["namespace"],
        wrapping_key=wrapping_key(spec, keys),
    )


def wrapping_key(spec, keys):
    if spec["kind"] == "aes":
        key = bytes.fromhex(keys[spec["key"]])
        return WrappingKey(
            wrapping_algorithm=MASTER_KEY_AES[len(key)],
            wrapping_key=key,
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )
    # A private key wraps as well: the library takes the public key out of it.
    return WrappingKey(
        wrapping_algorithm=MASTER_KEY_PADDINGS[spec["padding"]],
        wrapping_key=keys[spec["key"]]["privateKey"].encode(),
        wrapping_key_type=EncryptionKeyType.PRIVATE,
    )
