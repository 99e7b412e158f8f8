package esdk.interop;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.cryptography.materialproviders.ICryptographicMaterialsManager;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.CreateDefaultCryptographicMaterialsManagerInput;
import software.amazon.cryptography.materialproviders.model.CreateMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRequiredEncryptionContextCMMInput;

/** What a job names as its keyring, and the materials manager over it. */
final class Keyrings {
  private final MaterialProviders providers;
  private final RawKeyrings raw;
  private final KmsKeyrings kms;
  private final BranchKeys branchKeys;

  Keyrings(MaterialProviders providers, Keys keys, BranchKeys branchKeys) {
    this.providers = providers;
    this.raw = new RawKeyrings(providers, keys);
    this.kms = new KmsKeyrings(providers, keys);
    this.branchKeys = branchKeys;
  }

  ICryptographicMaterialsManager cmm(JsonObject job) {
    ICryptographicMaterialsManager cmm =
        providers.CreateDefaultCryptographicMaterialsManager(
            CreateDefaultCryptographicMaterialsManagerInput.builder()
                .keyring(keyring(job.getAsJsonObject("keyring")))
                .build());
    List<String> required = texts(job.getAsJsonArray("required"));
    if (required.isEmpty()) return cmm;
    return providers.CreateRequiredEncryptionContextCMM(
        CreateRequiredEncryptionContextCMMInput.builder()
            .underlyingCMM(cmm)
            .requiredEncryptionContextKeys(required)
            .build());
  }

  private IKeyring keyring(JsonObject spec) {
    String kind = spec.get("kind").getAsString();
    if (kind.equals("multi")) {
      List<IKeyring> parts = new ArrayList<>();
      spec.getAsJsonArray("keyrings").forEach((part) -> parts.add(keyring(part.getAsJsonObject())));
      return providers.CreateMultiKeyring(
          CreateMultiKeyringInput.builder()
              .generator(parts.get(0))
              .childKeyrings(parts.subList(1, parts.size()))
              .build());
    }
    if (kind.equals("hierarchical")) return branchKeys.keyring(spec);
    return kind.startsWith("kms") ? kms.keyring(spec) : raw.keyring(spec);
  }

  static List<String> texts(JsonArray elements) {
    List<String> texts = new ArrayList<>();
    elements.forEach((element) -> texts.add(element.getAsString()));
    return texts;
  }

  static Map<String, String> pairs(JsonArray entries) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (JsonElement entry : entries) {
      pairs.put(entry.getAsJsonArray().get(0).getAsString(), entry.getAsJsonArray().get(1).getAsString());
    }
    return pairs;
  }

  static JsonArray entries(Map<String, String> pairs) {
    JsonArray entries = new JsonArray();
    pairs.forEach(
        (key, value) -> {
          JsonArray entry = new JsonArray();
          entry.add(key);
          entry.add(value);
          entries.add(entry);
        });
    return entries;
  }
}
