package esdk.interop;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.util.Map;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.AesWrappingAlg;
import software.amazon.cryptography.materialproviders.model.CreateRawAesKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawEcdhKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.EphemeralPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.materialproviders.model.PaddingScheme;
import software.amazon.cryptography.materialproviders.model.PublicKeyDiscoveryInput;
import software.amazon.cryptography.materialproviders.model.RawEcdhStaticConfigurations;
import software.amazon.cryptography.materialproviders.model.RawPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.primitives.model.ECDHCurveSpec;

/** Keyrings over keys that the job brings along. */
final class RawKeyrings {
  static final Map<String, ECDHCurveSpec> CURVES =
      Map.of(
          "P-256", ECDHCurveSpec.ECC_NIST_P256,
          "P-384", ECDHCurveSpec.ECC_NIST_P384,
          "P-521", ECDHCurveSpec.ECC_NIST_P521);

  private static final Map<String, PaddingScheme> PADDINGS =
      Map.of(
          "pkcs1", PaddingScheme.PKCS1,
          "oaep-sha1", PaddingScheme.OAEP_SHA1_MGF1,
          "oaep-sha256", PaddingScheme.OAEP_SHA256_MGF1,
          "oaep-sha384", PaddingScheme.OAEP_SHA384_MGF1,
          "oaep-sha512", PaddingScheme.OAEP_SHA512_MGF1);

  private static final Map<Integer, AesWrappingAlg> AES =
      Map.of(
          16, AesWrappingAlg.ALG_AES128_GCM_IV12_TAG16,
          24, AesWrappingAlg.ALG_AES192_GCM_IV12_TAG16,
          32, AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16);

  private final MaterialProviders providers;
  private final Keys keys;

  RawKeyrings(MaterialProviders providers, Keys keys) {
    this.providers = providers;
    this.keys = keys;
  }

  IKeyring keyring(JsonObject spec) {
    switch (spec.get("kind").getAsString()) {
      case "aes":
        {
          byte[] key = keys.aes(spec.get("key"));
          return providers.CreateRawAesKeyring(
              CreateRawAesKeyringInput.builder()
                  .keyNamespace(spec.get("namespace").getAsString())
                  .keyName(spec.get("name").getAsString())
                  .wrappingKey(ByteBuffer.wrap(key))
                  .wrappingAlg(AES.get(key.length))
                  .build());
        }
      case "rsa":
        return providers.CreateRawRsaKeyring(
            CreateRawRsaKeyringInput.builder()
                .keyNamespace(spec.get("namespace").getAsString())
                .keyName(spec.get("name").getAsString())
                .paddingScheme(PADDINGS.get(spec.get("padding").getAsString()))
                .publicKey(keys.pem(spec.get("key"), "publicKey"))
                .privateKey(keys.pem(spec.get("key"), "privateKey"))
                .build());
      default:
        return providers.CreateRawEcdhKeyring(
            CreateRawEcdhKeyringInput.builder()
                .curveSpec(CURVES.get(spec.get("curve").getAsString()))
                .KeyAgreementScheme(ecdhScheme(spec))
                .build());
    }
  }

  /** Private keys are given in PEM, public keys in DER: so the library asks for them. */
  private RawEcdhStaticConfigurations ecdhScheme(JsonObject spec) {
    RawEcdhStaticConfigurations.Builder scheme = RawEcdhStaticConfigurations.builder();
    switch (spec.get("schema").getAsString()) {
      case "static":
        return scheme
            .RawPrivateKeyToStaticPublicKey(
                RawPrivateKeyToStaticPublicKeyInput.builder()
                    .senderStaticPrivateKey(keys.pem(spec.get("sender"), "privateKey"))
                    .recipientPublicKey(ByteBuffer.wrap(keys.der(spec.get("recipient"), "publicKey")))
                    .build())
            .build();
      case "ephemeral":
        return scheme
            .EphemeralPrivateKeyToStaticPublicKey(
                EphemeralPrivateKeyToStaticPublicKeyInput.builder()
                    .recipientPublicKey(ByteBuffer.wrap(keys.der(spec.get("recipient"), "publicKey")))
                    .build())
            .build();
      default:
        return scheme
            .PublicKeyDiscovery(
                PublicKeyDiscoveryInput.builder()
                    .recipientStaticPrivateKey(keys.pem(spec.get("recipient"), "privateKey"))
                    .build())
            .build();
    }
  }
}
