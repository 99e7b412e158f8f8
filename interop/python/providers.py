"""The material providers library, which makes every keyring."""

from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig

PROVIDERS = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())

CURVES = {"P-256": "ECC_NIST_P256", "P-384": "ECC_NIST_P384", "P-521": "ECC_NIST_P521"}
