package esdk.interop;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import software.amazon.cryptography.keystore.KeyStore;
import software.amazon.cryptography.keystore.model.CreateKeyInput;
import software.amazon.cryptography.keystore.model.CreateKeyStoreInput;
import software.amazon.cryptography.keystore.model.Discovery;
import software.amazon.cryptography.keystore.model.GetActiveBranchKeyInput;
import software.amazon.cryptography.keystore.model.GetBeaconKeyInput;
import software.amazon.cryptography.keystore.model.GetBranchKeyVersionInput;
import software.amazon.cryptography.keystore.model.KMSConfiguration;
import software.amazon.cryptography.keystore.model.KeyStoreConfig;
import software.amazon.cryptography.keystore.model.MRDiscovery;
import software.amazon.cryptography.keystore.model.VersionKeyInput;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsHierarchicalKeyringInput;
import software.amazon.cryptography.materialproviders.model.GetBranchKeyIdOutput;

/** Branch key stores, the keyring over them, and jobs that make and read branch keys. */
final class BranchKeys {
  private static final long TTL_SECONDS = 60;

  private final MaterialProviders providers;
  private final Keys keys;

  BranchKeys(MaterialProviders providers, Keys keys) {
    this.providers = providers;
    this.keys = keys;
  }

  IKeyring keyring(JsonObject spec) {
    var input =
        CreateAwsKmsHierarchicalKeyringInput.builder()
            .keyStore(store(spec.getAsJsonObject("store")))
            .ttlSeconds(TTL_SECONDS);
    if (spec.has("tenants")) {
      Map<String, String> ids = new HashMap<>();
      spec.getAsJsonObject("tenants")
          .entrySet()
          .forEach((tenant) -> ids.put(tenant.getKey(), keys.text(tenant.getValue().getAsString())));
      input.branchKeyIdSupplier(
          (message) ->
              GetBranchKeyIdOutput.builder().branchKeyId(ids.get(message.encryptionContext().get("tenant"))).build());
    } else {
      input.branchKeyId(keys.text(spec.get("branchKey").getAsString()));
    }
    return providers.CreateAwsKmsHierarchicalKeyring(input.build());
  }

  void createTable(JsonObject job) {
    store(job.getAsJsonObject("store")).CreateKeyStore(CreateKeyStoreInput.builder().build());
  }

  void create(JsonObject job, JsonObject result) {
    var input = CreateKeyInput.builder();
    if (job.has("branchKeyId")) input.branchKeyIdentifier(job.get("branchKeyId").getAsString());
    if (job.has("context")) input.encryptionContext(Keyrings.pairs(job.getAsJsonArray("context")));
    String made = store(job.getAsJsonObject("store")).CreateKey(input.build()).branchKeyIdentifier();
    result.addProperty("branchKeyId", made);
  }

  void version(JsonObject job) {
    String id = job.get("branchKeyId").getAsString();
    store(job.getAsJsonObject("store")).VersionKey(VersionKeyInput.builder().branchKeyIdentifier(id).build());
  }

  /** The active version, one that is named, or the beacon key: told by its digest. */
  void read(JsonObject job, JsonObject result) throws GeneralSecurityException {
    KeyStore store = store(job.getAsJsonObject("store"));
    String id = job.get("branchKeyId").getAsString();
    String which = job.get("which").getAsString();
    if (which.equals("beacon")) {
      var beacon =
          store.GetBeaconKey(GetBeaconKeyInput.builder().branchKeyIdentifier(id).build()).beaconKeyMaterials();
      tell(result, beacon.beaconKey(), beacon.encryptionContext());
      return;
    }
    var materials =
        which.equals("active")
            ? store
                .GetActiveBranchKey(GetActiveBranchKeyInput.builder().branchKeyIdentifier(id).build())
                .branchKeyMaterials()
            : store
                .GetBranchKeyVersion(
                    GetBranchKeyVersionInput.builder().branchKeyIdentifier(id).branchKeyVersion(which).build())
                .branchKeyMaterials();
    tell(result, materials.branchKey(), materials.encryptionContext());
    result.addProperty("version", materials.branchKeyVersion());
  }

  private static void tell(JsonObject result, ByteBuffer key, Map<String, String> context)
      throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(key.duplicate());
    result.addProperty("sha256", HexFormat.of().formatHex(digest.digest()));
    result.add("context", Keyrings.entries(context));
  }

  private KeyStore store(JsonObject spec) {
    String region = spec.get("region").getAsString();
    return KeyStore.builder()
        .KeyStoreConfig(
            KeyStoreConfig.builder()
                .ddbTableName(spec.has("table") ? spec.get("table").getAsString() : keys.text("table"))
                .logicalKeyStoreName(spec.get("logicalName").getAsString())
                .kmsConfiguration(configuration(spec.getAsJsonObject("kms")))
                .kmsClient(Aws.kms(region))
                .ddbClient(Aws.dynamoDb(region))
                .build())
        .build();
  }

  private KMSConfiguration configuration(JsonObject kms) {
    KMSConfiguration.Builder builder = KMSConfiguration.builder();
    switch (kms.get("kind").getAsString()) {
      case "single-region":
        return builder.kmsKeyArn(keys.arn(kms.get("key"))).build();
      case "multi-region":
        return builder.kmsMRKeyArn(keys.arn(kms.get("key"))).build();
      case "discovery":
        return builder.discovery(Discovery.builder().build()).build();
      default:
        return builder.mrDiscovery(MRDiscovery.builder().region(kms.get("region").getAsString()).build()).build();
    }
  }
}
