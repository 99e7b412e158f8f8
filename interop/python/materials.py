"""What a job names as its keyring: made of keyrings, or of the master keys that there were before."""

from aws_cryptographic_material_providers.mpl.models import (
    CreateDefaultCryptographicMaterialsManagerInput,
    CreateMultiKeyringInput,
    CreateRequiredEncryptionContextCMMInput,
)
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from branch_keys import hierarchical_keyring
from kms_keys import kms_keyring, kms_master_key_provider
from providers import PROVIDERS
from raw_keys import raw_keyring, raw_master_key


def materials(job, keys):
    if job["api"] == "master key":
        return {"key_provider": master_key_provider(job["keyring"], keys)}
    keyring = keyring_of(job["keyring"], keys)
    if not job["required"]:
        return {"keyring": keyring}
    cmm = PROVIDERS.create_default_cryptographic_materials_manager(
        CreateDefaultCryptographicMaterialsManagerInput(keyring=keyring)
    )
    required = CreateRequiredEncryptionContextCMMInput(
        underlying_cmm=cmm, required_encryption_context_keys=job["required"]
    )
    return {"materials_manager": PROVIDERS.create_required_encryption_context_cmm(required)}


def keyring_of(spec, keys):
    if spec["kind"] == "multi":
        generator, *children = [keyring_of(part, keys) for part in spec["keyrings"]]
        return PROVIDERS.create_multi_keyring(CreateMultiKeyringInput(generator=generator, child_keyrings=children))
    if spec["kind"] == "hierarchical":
        return hierarchical_keyring(spec, keys)
    return (kms_keyring if spec["kind"].startswith("kms") else raw_keyring)(spec, keys)


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
    return (kms_master_key_provider if spec["kind"].startswith("kms") else raw_master_key)(spec, keys)
