package esdk.interop;

import com.amazonaws.encryptionsdk.MasterKeyProvider;
import com.amazonaws.encryptionsdk.jce.JceMasterKey;
import com.amazonaws.encryptionsdk.kms.DiscoveryFilter;
import com.amazonaws.encryptionsdk.kmssdkv2.AwsKmsMrkAwareMasterKeyProvider;
import com.amazonaws.encryptionsdk.kmssdkv2.KmsMasterKeyProvider;
import com.amazonaws.encryptionsdk.multi.MultipleProviderFactory;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.regions.Region;

/** What there was before keyrings. */
final class MasterKeys {
  private static final Map<String, String> PADDINGS =
      Map.of(
          "pkcs1", "RSA/ECB/PKCS1Padding",
          "oaep-sha1", "RSA/ECB/OAEPWithSHA-1AndMGF1Padding",
          "oaep-sha256", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
          "oaep-sha384", "RSA/ECB/OAEPWithSHA-384AndMGF1Padding",
          "oaep-sha512", "RSA/ECB/OAEPWithSHA-512AndMGF1Padding");

  private final Keys keys;

  MasterKeys(Keys keys) {
    this.keys = keys;
  }

  MasterKeyProvider<?> provider(JsonObject spec) throws GeneralSecurityException {
    switch (spec.get("kind").getAsString()) {
      case "multi":
        {
          List<MasterKeyProvider<?>> parts = new ArrayList<>();
          for (JsonElement part : spec.getAsJsonArray("keyrings")) parts.add(provider(part.getAsJsonObject()));
          return MultipleProviderFactory.buildMultiProvider(parts);
        }
      case "kms":
        return symmetric().buildStrict(arns(spec));
      case "kms-discovery":
        return spec.has("filter") ? symmetric().buildDiscovery(filter(spec)) : symmetric().buildDiscovery();
      case "kms-mrk":
        return multiRegion().buildStrict(arns(spec));
      case "kms-mrk-discovery":
        {
          Region region = Region.of(spec.getAsJsonArray("regions").get(0).getAsString());
          var builder = multiRegion().discoveryMrkRegion(region);
          return spec.has("filter") ? builder.buildDiscovery(filter(spec)) : builder.buildDiscovery();
        }
      default:
        return raw(spec);
    }
  }

  private static KmsMasterKeyProvider.Builder symmetric() {
    return KmsMasterKeyProvider.builder().customRegionalClientSupplier((region) -> Aws.kms(region.id()));
  }

  private static AwsKmsMrkAwareMasterKeyProvider.Builder multiRegion() {
    return AwsKmsMrkAwareMasterKeyProvider.builder().customRegionalClientSupplier((region) -> Aws.kms(region.id()));
  }

  private List<String> arns(JsonObject spec) {
    List<String> arns = new ArrayList<>();
    if (spec.has("generator")) arns.add(keys.arn(spec.get("generator")));
    spec.getAsJsonArray("keys").forEach((name) -> arns.add(keys.arn(name)));
    return arns;
  }

  private static DiscoveryFilter filter(JsonObject spec) {
    JsonObject filter = spec.getAsJsonObject("filter");
    return new DiscoveryFilter(
        filter.get("partition").getAsString(), Keyrings.texts(filter.getAsJsonArray("accountIds")));
  }

  private JceMasterKey raw(JsonObject spec) throws GeneralSecurityException {
    String namespace = spec.get("namespace").getAsString();
    String name = spec.get("name").getAsString();
    JsonElement key = spec.get("key");
    if (spec.get("kind").getAsString().equals("aes")) {
      return JceMasterKey.getInstance(new SecretKeySpec(keys.aes(key), "AES"), namespace, name, "AES/GCM/NoPadding");
    }
    KeyFactory factory = KeyFactory.getInstance("RSA");
    return JceMasterKey.getInstance(
        factory.generatePublic(new X509EncodedKeySpec(keys.der(key, "publicKey"))),
        factory.generatePrivate(new PKCS8EncodedKeySpec(keys.der(key, "privateKey"))),
        namespace,
        name,
        PADDINGS.get(spec.get("padding").getAsString()));
  }
}
