package esdk.interop.s3;

import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.encryption.s3.materials.AesKeyMaterial;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.Keyring;
import software.amazon.encryption.s3.materials.KmsDiscoveryKeyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RawKeyring;
import software.amazon.encryption.s3.materials.RsaKeyMaterial;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** Keyrings, as jobs name them. */
final class Keyrings {
  private final Keys keys;
  private final Map<String, KmsClient> kmsClients = new HashMap<>();

  Keyrings(Keys keys) {
    this.keys = keys;
  }

  Keyring of(JsonObject spec, Map<String, String> description, boolean byDescription) throws Exception {
    String key = Jobs.text(spec, "key");
    return switch (Jobs.text(spec, "kind")) {
      case "kms" -> KmsKeyring.builder().kmsClient(kms(key)).wrappingKeyId(keys.arn(key)).build();
      case "kms-discovery" -> KmsDiscoveryKeyring.builder().kmsClient(kms(key)).build();
      default -> raw(spec, description, byDescription);
    };
  }

  /** @param byDescription the key is an additional one, beside another that has no description */
  RawKeyring<?> raw(JsonObject spec, Map<String, String> pairs, boolean byDescription) throws Exception {
    String key = Jobs.text(spec, "key");
    MaterialsDescription description = MaterialsDescription.builder().putAll(pairs).build();
    if (Jobs.text(spec, "kind").equals("aes")) {
      AesKeyring.Builder builder = AesKeyring.builder();
      if (!byDescription) return builder.wrappingKey(keys.aes(key)).materialsDescription(description).build();
      return builder
          .wrappingKey(keys.aes(Keys.OTHER_AES))
          .additionalDecryptionKeyMaterial(Map.of(description, new AesKeyMaterial(description, keys.aes(key))))
          .build();
    }
    PartialRsaKeyPair pair = new PartialRsaKeyPair(keys.rsa(key));
    RsaKeyring.Builder builder = RsaKeyring.builder();
    if (!byDescription) return builder.wrappingKeyPair(pair).materialsDescription(description).build();
    return builder
        .wrappingKeyPair(new PartialRsaKeyPair(keys.rsa(Keys.OTHER_RSA)))
        .additionalDecryptionKeyMaterial(Map.of(description, new RsaKeyMaterial(description, pair)))
        .build();
  }

  private KmsClient kms(String key) {
    return kmsClients.computeIfAbsent(
        keys.region(key), region -> KmsClient.builder().region(Region.of(region)).build());
  }
}
