"""Branch key stores, the keyring over them, and jobs that make and read branch keys."""

import hashlib
from functools import cache

import boto3
from aws_cryptographic_material_providers.keystore import KeyStore
from aws_cryptographic_material_providers.keystore.config import KeyStoreConfig
from aws_cryptographic_material_providers.keystore.models import (
    CreateKeyInput,
    CreateKeyStoreInput,
    Discovery,
    GetActiveBranchKeyInput,
    GetBeaconKeyInput,
    GetBranchKeyVersionInput,
    KMSConfigurationDiscovery,
    KMSConfigurationKmsKeyArn,
    KMSConfigurationKmsMRKeyArn,
    KMSConfigurationMrDiscovery,
    MRDiscovery,
    VersionKeyInput,
)
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsHierarchicalKeyringInput, GetBranchKeyIdOutput
from aws_cryptographic_material_providers.mpl.references import IBranchKeyIdSupplier
from kms_keys import kms_client
from providers import PROVIDERS

TTL_SECONDS = 60


@cache
def dynamodb_client(region):
    return boto3.client("dynamodb", region_name=region)


def key_store(spec, keys):
    return KeyStore(
        KeyStoreConfig(
            ddb_table_name=spec.get("table", keys["table"]),
            logical_key_store_name=spec["logicalName"],
            kms_configuration=kms_configuration(spec["kms"], keys),
            kms_client=kms_client(spec["region"]),
            ddb_client=dynamodb_client(spec["region"]),
        )
    )


def kms_configuration(kms, keys):
    if kms["kind"] == "single-region":
        return KMSConfigurationKmsKeyArn(keys[kms["key"]]["arn"])
    if kms["kind"] == "multi-region":
        return KMSConfigurationKmsMRKeyArn(keys[kms["key"]]["arn"])
    if kms["kind"] == "discovery":
        return KMSConfigurationDiscovery(Discovery())
    return KMSConfigurationMrDiscovery(MRDiscovery(region=kms["region"]))


class ByTenant(IBranchKeyIdSupplier):
    """The pair `tenant` of the encryption context says which branch key."""

    def __init__(self, ids):
        self.ids = ids

    def get_branch_key_id(self, param):
        return GetBranchKeyIdOutput(branch_key_id=self.ids[param.encryption_context["tenant"]])


def hierarchical_keyring(spec, keys):
    if "tenants" in spec:
        ids = {tenant: keys[name] for tenant, name in spec["tenants"].items()}
        chosen = {"branch_key_id_supplier": ByTenant(ids)}
    else:
        chosen = {"branch_key_id": keys[spec["branchKey"]]}
    store = key_store(spec["store"], keys)
    return PROVIDERS.create_aws_kms_hierarchical_keyring(
        CreateAwsKmsHierarchicalKeyringInput(key_store=store, ttl_seconds=TTL_SECONDS, **chosen)
    )


def create_table(job, keys):
    key_store(job["store"], keys).create_key_store(CreateKeyStoreInput())
    return {}


def create_branch_key(job, keys):
    context = dict(job["context"]) if "context" in job else None
    made = key_store(job["store"], keys).create_key(
        CreateKeyInput(branch_key_identifier=job.get("branchKeyId"), encryption_context=context)
    )
    return {"branchKeyId": made.branch_key_identifier}


def version_branch_key(job, keys):
    key_store(job["store"], keys).version_key(VersionKeyInput(branch_key_identifier=job["branchKeyId"]))
    return {}


def read_branch_key(job, keys):
    """The active version, one that is named, or the beacon key: told by its digest."""
    store, branch_key_id = key_store(job["store"], keys), job["branchKeyId"]
    if job["which"] == "beacon":
        beacon = store.get_beacon_key(GetBeaconKeyInput(branch_key_identifier=branch_key_id)).beacon_key_materials
        return {"sha256": sha256(beacon.beacon_key), "context": sorted(beacon.encryption_context.items())}
    if job["which"] == "active":
        found = store.get_active_branch_key(GetActiveBranchKeyInput(branch_key_identifier=branch_key_id))
    else:
        found = store.get_branch_key_version(
            GetBranchKeyVersionInput(branch_key_identifier=branch_key_id, branch_key_version=job["which"])
        )
    materials = found.branch_key_materials
    return {
        "sha256": sha256(materials.branch_key),
        "version": materials.branch_key_version,
        "context": sorted(materials.encryption_context.items()),
    }


def sha256(key):
    return hashlib.sha256(key).hexdigest()
