"""The AWS Encryption SDK for Python, doing the jobs of `interop/run.mjs`.

    python peer.py KEYS JOBS RESULTS

KEYS is one JSON object, JOBS and RESULTS are JSON lines: one result for each job, in the same order. A job that fails
gives a result with `error`; the program itself goes on.
"""

import hashlib
import io
import json
import sys

from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    CreateDefaultCryptographicMaterialsManagerInput,
    CreateMultiKeyringInput,
    CreateRawAesKeyringInput,
    CreateRawEcdhKeyringInput,
    CreateRawRsaKeyringInput,
    CreateRequiredEncryptionContextCMMInput,
    EphemeralPrivateKeyToStaticPublicKeyInput,
    PublicKeyDiscoveryInput,
    RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey,
    RawEcdhStaticConfigurationsPublicKeyDiscovery,
    RawEcdhStaticConfigurationsRawPrivateKeyToStaticPublicKey,
    RawPrivateKeyToStaticPublicKeyInput,
)
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import AlgorithmSuite, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey, RawMasterKeyProvider
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

PROVIDERS = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())

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
CURVES = {"P-256": "ECC_NIST_P256", "P-384": "ECC_NIST_P384", "P-521": "ECC_NIST_P521"}

STREAM_READ = 1000


def main(keys_path, jobs_path, results_path):
    with open(keys_path, encoding="utf-8") as file:
        keys = json.load(file)
    with open(jobs_path, encoding="utf-8", newline="\n") as jobs, open(results_path, "w", encoding="utf-8") as results:
        for line in jobs:
            job = json.loads(line)
            try:
                result = encrypt(job, keys) if job["operation"] == "encrypt" else decrypt(job, keys)
            except Exception as error:  # whatever it is, it is the answer
                result = {"error": f"{type(error).__name__}: {error}"[:400]}
            results.write(json.dumps({"id": job["id"], **result}) + "\n")
            results.flush()


def encrypt(job, keys):
    with open(job["plaintext"]["path"], "rb") as file:
        file.seek(job["plaintext"]["offset"])
        plaintext = file.read(job["plaintext"]["length"])
    options = {
        **materials(job, keys),
        "encryption_context": dict(job["context"]),
        "algorithm": AlgorithmSuite.get_by_id(job["suite"]),
        "frame_length": job["frameLength"],
    }
    policy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    if job["suite"] in (0x0478, 0x0578):
        policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    client = EncryptionSDKClient(commitment_policy=policy)
    ciphertext, _ = run(client, "e", job["streamed"], source=plaintext, **options)
    with open(job["message"], "wb") as file:
        file.write(ciphertext)
    return {}


def decrypt(job, keys):
    with open(job["message"], "rb") as file:
        ciphertext = file.read()
    options = materials(job, keys)
    if job["reproduced"]:
        options["encryption_context"] = dict(job["reproduced"])
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    plaintext, header = run(client, "d", job["streamed"], source=ciphertext, **options)
    return {
        "sha256": hashlib.sha256(plaintext).hexdigest(),
        "suite": header.algorithm.algorithm_id,
        "context": sorted(header.encryption_context.items()),
    }


def run(client, mode, streamed, source, **options):
    if not streamed:
        one_shot = client.encrypt if mode == "e" else client.decrypt
        return one_shot(source=source, **options)
    output = io.BytesIO()
    with client.stream(mode=mode, source=io.BytesIO(source), **options) as stream:
        while chunk := stream.read(STREAM_READ):
            output.write(chunk)
        return output.getvalue(), stream.header


def materials(job, keys):
    if job["api"] == "master key":
        return {"key_provider": master_key_provider(job["keyring"], keys)}
    keyring = mpl_keyring(job["keyring"], keys)
    if not job["required"]:
        return {"keyring": keyring}
    cmm = PROVIDERS.create_default_cryptographic_materials_manager(
        CreateDefaultCryptographicMaterialsManagerInput(keyring=keyring)
    )
    required = CreateRequiredEncryptionContextCMMInput(
        underlying_cmm=cmm, required_encryption_context_keys=job["required"]
    )
    return {"materials_manager": PROVIDERS.create_required_encryption_context_cmm(required)}


def mpl_keyring(spec, keys):
    if spec["kind"] == "multi":
        generator, *children = [mpl_keyring(part, keys) for part in spec["keyrings"]]
        return PROVIDERS.create_multi_keyring(CreateMultiKeyringInput(generator=generator, child_keyrings=children))
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


class KeySet(RawMasterKeyProvider):
    """Several master keys as one: the multi-keyring of the time before keyrings."""

    provider_id = "interop key set"

    def _get_raw_key(self, key_id):
        raise KeyError("all keys are members, none is made on demand")


def master_key_provider(spec, keys):
    if spec["kind"] == "multi":
        key_set = KeySet()
        key_set.add_master_key_providers_from_list([master_key_provider(part, keys) for part in spec["keyrings"]])
        return key_set
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


if __name__ == "__main__":
    main(*sys.argv[1:])
