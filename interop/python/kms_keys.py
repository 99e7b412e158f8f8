"""Keyrings and master key providers over AWS KMS. Endpoint and credentials come from the environment."""

from functools import cache

import boto3
from aws_cryptographic_material_providers.mpl.models import (
    CreateAwsKmsDiscoveryKeyringInput,
    CreateAwsKmsDiscoveryMultiKeyringInput,
    CreateAwsKmsEcdhKeyringInput,
    CreateAwsKmsKeyringInput,
    CreateAwsKmsMrkDiscoveryKeyringInput,
    CreateAwsKmsMrkDiscoveryMultiKeyringInput,
    CreateAwsKmsMrkKeyringInput,
    CreateAwsKmsMrkMultiKeyringInput,
    CreateAwsKmsMultiKeyringInput,
    CreateAwsKmsRsaKeyringInput,
    DiscoveryFilter,
    KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey,
    KmsEcdhStaticConfigurationsKmsPublicKeyDiscovery,
    KmsPrivateKeyToStaticPublicKeyInput,
    KmsPublicKeyDiscoveryInput,
)
from aws_cryptographic_material_providers.mpl.references import IClientSupplier
from aws_encryption_sdk.key_providers import kms as master
from providers import CURVES, PROVIDERS
from raw_keys import public_der


@cache
def kms_client(region):
    return boto3.client("kms", region_name=region)


class CachedClients(IClientSupplier):
    def get_client(self, param):
        return kms_client(param.region)


def kms_keyring(spec, keys):
    return KEYRINGS[spec["kind"]](spec, keys)


def strict_keyring(spec, keys):
    generator, others = named_keys(spec, keys)
    if generator and not others:
        return PROVIDERS.create_aws_kms_keyring(
            CreateAwsKmsKeyringInput(kms_key_id=generator["arn"], kms_client=kms_client(generator["region"]))
        )
    return PROVIDERS.create_aws_kms_multi_keyring(CreateAwsKmsMultiKeyringInput(**multi(generator, others)))


def mrk_keyring(spec, keys):
    generator, others = named_keys(spec, keys)
    if generator and not others:
        return PROVIDERS.create_aws_kms_mrk_keyring(
            CreateAwsKmsMrkKeyringInput(kms_key_id=generator["arn"], kms_client=kms_client(generator["region"]))
        )
    return PROVIDERS.create_aws_kms_mrk_multi_keyring(CreateAwsKmsMrkMultiKeyringInput(**multi(generator, others)))


def named_keys(spec, keys):
    return keys.get(spec.get("generator")), [keys[name] for name in spec["keys"]]


def multi(generator, others):
    return {
        "generator": generator and generator["arn"],
        "kms_key_ids": [key["arn"] for key in others],
        "client_supplier": CachedClients(),
    }


def discovery_keyring(spec, keys):
    regions, accounts = spec["regions"], filter_of(spec, DiscoveryFilter)
    if len(regions) == 1:
        return PROVIDERS.create_aws_kms_discovery_keyring(
            CreateAwsKmsDiscoveryKeyringInput(kms_client=kms_client(regions[0]), discovery_filter=accounts)
        )
    return PROVIDERS.create_aws_kms_discovery_multi_keyring(
        CreateAwsKmsDiscoveryMultiKeyringInput(
            regions=regions, discovery_filter=accounts, client_supplier=CachedClients()
        )
    )


def mrk_discovery_keyring(spec, keys):
    regions, accounts = spec["regions"], filter_of(spec, DiscoveryFilter)
    if len(regions) == 1:
        return PROVIDERS.create_aws_kms_mrk_discovery_keyring(
            CreateAwsKmsMrkDiscoveryKeyringInput(
                kms_client=kms_client(regions[0]), region=regions[0], discovery_filter=accounts
            )
        )
    return PROVIDERS.create_aws_kms_mrk_discovery_multi_keyring(
        CreateAwsKmsMrkDiscoveryMultiKeyringInput(
            regions=regions, discovery_filter=accounts, client_supplier=CachedClients()
        )
    )


def filter_of(spec, make):
    accounts = spec.get("filter")
    return accounts and make(account_ids=accounts["accountIds"], partition=accounts["partition"])


def rsa_keyring(spec, keys):
    key = keys[spec["key"]]
    return PROVIDERS.create_aws_kms_rsa_keyring(
        CreateAwsKmsRsaKeyringInput(
            kms_key_id=key["arn"],
            public_key=key["publicKey"].encode(),
            encryption_algorithm=spec["algorithm"],
            kms_client=kms_client(key["region"]),
        )
    )


def ecdh_keyring(spec, keys):
    own = keys[spec["sender"] if spec["schema"] == "static" else spec["recipient"]]
    return PROVIDERS.create_aws_kms_ecdh_keyring(
        CreateAwsKmsEcdhKeyringInput(
            curve_spec=CURVES[spec["curve"]],
            key_agreement_scheme=ecdh_scheme(spec, keys, own),
            kms_client=kms_client(own["region"]),
        )
    )


def ecdh_scheme(spec, keys, own):
    if spec["schema"] == "static":
        return KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey(
            KmsPrivateKeyToStaticPublicKeyInput(
                sender_kms_identifier=own["arn"],
                sender_public_key=public_der(own) if spec["givesOwnPublicKey"] else None,
                recipient_public_key=public_der(keys[spec["recipient"]]),
            )
        )
    return KmsEcdhStaticConfigurationsKmsPublicKeyDiscovery(
        KmsPublicKeyDiscoveryInput(recipient_kms_identifier=own["arn"])
    )


KEYRINGS = {
    "kms": strict_keyring,
    "kms-mrk": mrk_keyring,
    "kms-discovery": discovery_keyring,
    "kms-mrk-discovery": mrk_discovery_keyring,
    "kms-rsa": rsa_keyring,
    "kms-ecdh": ecdh_keyring,
}


def kms_master_key_provider(spec, keys):
    """What there was before keyrings: providers make their clients themselves, and so are made once for each spec."""
    names = [name for name in (spec.get("generator"), *spec.get("keys", ())) if name]
    accounts = spec.get("filter", {})
    return cached_provider(
        spec["kind"],
        tuple(keys[name]["arn"] for name in names),
        tuple(accounts.get("accountIds", ())),
        accounts.get("partition"),
        tuple(spec.get("regions", ())),
    )


@cache
def cached_provider(kind, key_ids, account_ids, partition, regions):
    if kind == "kms":
        return master.StrictAwsKmsMasterKeyProvider(key_ids=key_ids)
    if kind == "kms-mrk":
        return master.MRKAwareStrictAwsKmsMasterKeyProvider(key_ids=key_ids)
    options = {}
    if account_ids:
        options["discovery_filter"] = master.DiscoveryFilter(account_ids=account_ids, partition=partition)
    if kind == "kms-discovery":
        return master.DiscoveryAwsKmsMasterKeyProvider(**options)
    (region,) = regions
    return master.MRKAwareDiscoveryAwsKmsMasterKeyProvider(discovery_region=region, **options)
