package esdk.interop;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsDiscoveryKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsDiscoveryMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsEcdhKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkDiscoveryKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkDiscoveryMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.DiscoveryFilter;
import software.amazon.cryptography.materialproviders.model.KmsEcdhStaticConfigurations;
import software.amazon.cryptography.materialproviders.model.KmsPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.materialproviders.model.KmsPublicKeyDiscoveryInput;

/** Keyrings over AWS KMS. */
final class KmsKeyrings {
  private final MaterialProviders providers;
  private final Keys keys;

  KmsKeyrings(MaterialProviders providers, Keys keys) {
    this.providers = providers;
    this.keys = keys;
  }

  IKeyring keyring(JsonObject spec) {
    switch (spec.get("kind").getAsString()) {
      case "kms":
        return strict(spec);
      case "kms-mrk":
        return multiRegion(spec);
      case "kms-discovery":
        return discovery(spec);
      case "kms-mrk-discovery":
        return multiRegionDiscovery(spec);
      case "kms-rsa":
        return rsa(spec);
      default:
        return ecdh(spec);
    }
  }

  private IKeyring strict(JsonObject spec) {
    JsonElement generator = spec.get("generator");
    List<String> others = others(spec);
    if (generator != null && others.isEmpty()) {
      return providers.CreateAwsKmsKeyring(
          CreateAwsKmsKeyringInput.builder()
              .kmsKeyId(keys.arn(generator))
              .kmsClient(Aws.kms(keys.region(generator)))
              .build());
    }
    var input =
        CreateAwsKmsMultiKeyringInput.builder()
            .kmsKeyIds(others)
            .clientSupplier((wanted) -> Aws.kms(wanted.region()));
    if (generator != null) input.generator(keys.arn(generator));
    return providers.CreateAwsKmsMultiKeyring(input.build());
  }

  private IKeyring multiRegion(JsonObject spec) {
    JsonElement generator = spec.get("generator");
    List<String> others = others(spec);
    if (generator != null && others.isEmpty()) {
      return providers.CreateAwsKmsMrkKeyring(
          CreateAwsKmsMrkKeyringInput.builder()
              .kmsKeyId(keys.arn(generator))
              .kmsClient(Aws.kms(keys.region(generator)))
              .build());
    }
    var input =
        CreateAwsKmsMrkMultiKeyringInput.builder()
            .kmsKeyIds(others)
            .clientSupplier((wanted) -> Aws.kms(wanted.region()));
    if (generator != null) input.generator(keys.arn(generator));
    return providers.CreateAwsKmsMrkMultiKeyring(input.build());
  }

  private List<String> others(JsonObject spec) {
    List<String> arns = new ArrayList<>();
    spec.getAsJsonArray("keys").forEach((name) -> arns.add(keys.arn(name)));
    return arns;
  }

  private IKeyring discovery(JsonObject spec) {
    List<String> regions = Keyrings.texts(spec.getAsJsonArray("regions"));
    if (regions.size() == 1) {
      var input = CreateAwsKmsDiscoveryKeyringInput.builder().kmsClient(Aws.kms(regions.get(0)));
      if (spec.has("filter")) input.discoveryFilter(filter(spec));
      return providers.CreateAwsKmsDiscoveryKeyring(input.build());
    }
    var input =
        CreateAwsKmsDiscoveryMultiKeyringInput.builder()
            .regions(regions)
            .clientSupplier((wanted) -> Aws.kms(wanted.region()));
    if (spec.has("filter")) input.discoveryFilter(filter(spec));
    return providers.CreateAwsKmsDiscoveryMultiKeyring(input.build());
  }

  private IKeyring multiRegionDiscovery(JsonObject spec) {
    List<String> regions = Keyrings.texts(spec.getAsJsonArray("regions"));
    if (regions.size() == 1) {
      var input =
          CreateAwsKmsMrkDiscoveryKeyringInput.builder()
              .kmsClient(Aws.kms(regions.get(0)))
              .region(regions.get(0));
      if (spec.has("filter")) input.discoveryFilter(filter(spec));
      return providers.CreateAwsKmsMrkDiscoveryKeyring(input.build());
    }
    var input =
        CreateAwsKmsMrkDiscoveryMultiKeyringInput.builder()
            .regions(regions)
            .clientSupplier((wanted) -> Aws.kms(wanted.region()));
    if (spec.has("filter")) input.discoveryFilter(filter(spec));
    return providers.CreateAwsKmsMrkDiscoveryMultiKeyring(input.build());
  }

  private static DiscoveryFilter filter(JsonObject spec) {
    JsonObject filter = spec.getAsJsonObject("filter");
    return DiscoveryFilter.builder()
        .partition(filter.get("partition").getAsString())
        .accountIds(Keyrings.texts(filter.getAsJsonArray("accountIds")))
        .build();
  }

  private IKeyring rsa(JsonObject spec) {
    JsonElement key = spec.get("key");
    return providers.CreateAwsKmsRsaKeyring(
        CreateAwsKmsRsaKeyringInput.builder()
            .kmsKeyId(keys.arn(key))
            .publicKey(keys.pem(key, "publicKey"))
            .encryptionAlgorithm(EncryptionAlgorithmSpec.fromValue(spec.get("algorithm").getAsString()))
            .kmsClient(Aws.kms(keys.region(key)))
            .build());
  }

  private IKeyring ecdh(JsonObject spec) {
    boolean isStatic = spec.get("schema").getAsString().equals("static");
    JsonElement own = spec.get(isStatic ? "sender" : "recipient");
    KmsEcdhStaticConfigurations.Builder scheme = KmsEcdhStaticConfigurations.builder();
    if (isStatic) {
      var parties =
          KmsPrivateKeyToStaticPublicKeyInput.builder()
              .senderKmsIdentifier(keys.arn(own))
              .recipientPublicKey(ByteBuffer.wrap(keys.der(spec.get("recipient"), "publicKey")));
      if (spec.get("givesOwnPublicKey").getAsBoolean()) {
        parties.senderPublicKey(ByteBuffer.wrap(keys.der(own, "publicKey")));
      }
      scheme.KmsPrivateKeyToStaticPublicKey(parties.build());
    } else {
      scheme.KmsPublicKeyDiscovery(
          KmsPublicKeyDiscoveryInput.builder().recipientKmsIdentifier(keys.arn(own)).build());
    }
    return providers.CreateAwsKmsEcdhKeyring(
        CreateAwsKmsEcdhKeyringInput.builder()
            .curveSpec(RawKeyrings.CURVES.get(spec.get("curve").getAsString()))
            .KeyAgreementScheme(scheme.build())
            .kmsClient(Aws.kms(keys.region(own)))
            .build());
  }
}
