package esdk.interop;

import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import com.amazonaws.encryptionsdk.CryptoInputStream;
import com.amazonaws.encryptionsdk.MasterKeyProvider;
import com.amazonaws.encryptionsdk.jce.JceMasterKey;
import com.amazonaws.encryptionsdk.multi.MultipleProviderFactory;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.cryptography.materialproviders.ICryptographicMaterialsManager;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.AesWrappingAlg;
import software.amazon.cryptography.materialproviders.model.CreateDefaultCryptographicMaterialsManagerInput;
import software.amazon.cryptography.materialproviders.model.CreateMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawAesKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawEcdhKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRequiredEncryptionContextCMMInput;
import software.amazon.cryptography.materialproviders.model.EphemeralPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.materialproviders.model.MaterialProvidersConfig;
import software.amazon.cryptography.materialproviders.model.PaddingScheme;
import software.amazon.cryptography.materialproviders.model.PublicKeyDiscoveryInput;
import software.amazon.cryptography.materialproviders.model.RawEcdhStaticConfigurations;
import software.amazon.cryptography.materialproviders.model.RawPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.primitives.model.ECDHCurveSpec;

/**
 * The AWS Encryption SDK for Java, doing the jobs of {@code interop/run.mjs}.
 *
 * <pre>java esdk.interop.Peer KEYS JOBS RESULTS</pre>
 *
 * KEYS is one JSON object, JOBS and RESULTS are JSON lines: one result for each job, in the same order. A job that
 * fails gives a result with {@code error}; the program itself goes on.
 */
public final class Peer {
  private static final int STREAM_READ = 1000;

  private static final Map<String, PaddingScheme> KEYRING_PADDINGS =
      Map.of(
          "pkcs1", PaddingScheme.PKCS1,
          "oaep-sha1", PaddingScheme.OAEP_SHA1_MGF1,
          "oaep-sha256", PaddingScheme.OAEP_SHA256_MGF1,
          "oaep-sha384", PaddingScheme.OAEP_SHA384_MGF1,
          "oaep-sha512", PaddingScheme.OAEP_SHA512_MGF1);

  private static final Map<String, String> MASTER_KEY_PADDINGS =
      Map.of(
          "pkcs1", "RSA/ECB/PKCS1Padding",
          "oaep-sha1", "RSA/ECB/OAEPWithSHA-1AndMGF1Padding",
          "oaep-sha256", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
          "oaep-sha384", "RSA/ECB/OAEPWithSHA-384AndMGF1Padding",
          "oaep-sha512", "RSA/ECB/OAEPWithSHA-512AndMGF1Padding");

  private static final Map<Integer, AesWrappingAlg> AES =
      Map.of(
          16, AesWrappingAlg.ALG_AES128_GCM_IV12_TAG16,
          24, AesWrappingAlg.ALG_AES192_GCM_IV12_TAG16,
          32, AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16);

  private static final Map<String, ECDHCurveSpec> CURVES =
      Map.of(
          "P-256", ECDHCurveSpec.ECC_NIST_P256,
          "P-384", ECDHCurveSpec.ECC_NIST_P384,
          "P-521", ECDHCurveSpec.ECC_NIST_P521);

  private final MaterialProviders providers =
      MaterialProviders.builder().MaterialProvidersConfig(MaterialProvidersConfig.builder().build()).build();
  private final JsonObject keys;

  private Peer(JsonObject keys) {
    this.keys = keys;
  }

  public static void main(String[] args) throws IOException {
    Peer peer = new Peer(JsonParser.parseString(Files.readString(Path.of(args[0]))).getAsJsonObject());
    Gson gson = new Gson();
    try (BufferedReader jobs = Files.newBufferedReader(Path.of(args[1]));
        BufferedWriter results = Files.newBufferedWriter(Path.of(args[2]))) {
      for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
        results.write(gson.toJson(peer.answer(JsonParser.parseString(line).getAsJsonObject())) + "\n");
        results.flush();
      }
    }
  }

  /** Whatever goes wrong, errors of the virtual machine included, is the answer. */
  private JsonObject answer(JsonObject job) {
    JsonObject result = new JsonObject();
    result.addProperty("id", job.get("id").getAsString());
    try {
      if (job.get("operation").getAsString().equals("encrypt")) {
        encrypt(job);
      } else {
        decrypt(job, result);
      }
    } catch (Throwable error) {
      String text = error.getClass().getSimpleName() + ": " + error.getMessage();
      if (error.getCause() != null) text += " (" + error.getCause() + ")";
      result.addProperty("error", text.substring(0, Math.min(400, text.length())));
    }
    return result;
  }

  private void encrypt(JsonObject job) throws Exception {
    byte[] plaintext = readPlaintext(job.getAsJsonObject("plaintext"));
    CryptoAlgorithm suite = suiteOf(job.get("suite").getAsInt());
    AwsCrypto client =
        AwsCrypto.builder()
            .withCommitmentPolicy(
                suite.isCommitting()
                    ? CommitmentPolicy.RequireEncryptRequireDecrypt
                    : CommitmentPolicy.ForbidEncryptAllowDecrypt)
            .withEncryptionAlgorithm(suite)
            .withEncryptionFrameSize(job.get("frameLength").getAsInt())
            .build();
    Map<String, String> context = pairs(job.getAsJsonArray("context"));
    Files.write(Path.of(job.get("message").getAsString()), seal(client, job, plaintext, context));
  }

  private byte[] seal(AwsCrypto client, JsonObject job, byte[] plaintext, Map<String, String> context)
      throws Exception {
    boolean streamed = job.get("streamed").getAsBoolean();
    InputStream source = new ByteArrayInputStream(plaintext);
    if (job.get("api").getAsString().equals("master key")) {
      MasterKeyProvider<JceMasterKey> provider = masterKeys(job.getAsJsonObject("keyring"));
      return streamed
          ? readAll(client.createEncryptingStream(provider, source, context))
          : client.encryptData(provider, plaintext, context).getResult();
    }
    ICryptographicMaterialsManager cmm = cmm(job);
    return streamed
        ? readAll(client.createEncryptingStream(cmm, source, context))
        : client.encryptData(cmm, plaintext, context).getResult();
  }

  private void decrypt(JsonObject job, JsonObject result) throws Exception {
    byte[] ciphertext = Files.readAllBytes(Path.of(job.get("message").getAsString()));
    AwsCrypto client = AwsCrypto.builder().withCommitmentPolicy(CommitmentPolicy.RequireEncryptAllowDecrypt).build();
    if (job.get("streamed").getAsBoolean()) {
      try (CryptoInputStream<?> stream = openingStream(client, job, new ByteArrayInputStream(ciphertext))) {
        byte[] plaintext = readAll(stream);
        var header = stream.getCryptoResult();
        tell(result, plaintext, header.getCryptoAlgorithm(), header.getEncryptionContext());
      }
    } else {
      var opened = open(client, job, ciphertext);
      tell(result, opened.getResult(), opened.getCryptoAlgorithm(), opened.getEncryptionContext());
    }
  }

  private com.amazonaws.encryptionsdk.CryptoResult<byte[], ?> open(AwsCrypto client, JsonObject job, byte[] ciphertext)
      throws Exception {
    if (job.get("api").getAsString().equals("master key")) {
      return client.decryptData(masterKeys(job.getAsJsonObject("keyring")), ciphertext);
    }
    return client.decryptData(cmm(job), ciphertext, pairs(job.getAsJsonArray("reproduced")));
  }

  private CryptoInputStream<?> openingStream(AwsCrypto client, JsonObject job, InputStream ciphertext)
      throws Exception {
    if (job.get("api").getAsString().equals("master key")) {
      return client.createDecryptingStream(masterKeys(job.getAsJsonObject("keyring")), ciphertext);
    }
    return client.createDecryptingStream(cmm(job), ciphertext, pairs(job.getAsJsonArray("reproduced")));
  }

  private static void tell(JsonObject result, byte[] plaintext, CryptoAlgorithm suite, Map<String, String> context)
      throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(plaintext);
    result.addProperty("sha256", HexFormat.of().formatHex(digest));
    result.addProperty("suite", Short.toUnsignedInt(suite.getValue()));
    JsonArray entries = new JsonArray();
    context.forEach(
        (key, value) -> {
          JsonArray entry = new JsonArray();
          entry.add(key);
          entry.add(value);
          entries.add(entry);
        });
    result.add("context", entries);
  }

  private static byte[] readPlaintext(JsonObject slice) throws IOException {
    byte[] plaintext = new byte[slice.get("length").getAsInt()];
    try (RandomAccessFile file = new RandomAccessFile(slice.get("path").getAsString(), "r")) {
      file.seek(slice.get("offset").getAsLong());
      file.readFully(plaintext);
    }
    return plaintext;
  }

  private static byte[] readAll(InputStream stream) throws IOException {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    byte[] chunk = new byte[STREAM_READ];
    for (int count = stream.read(chunk); count >= 0; count = stream.read(chunk)) output.write(chunk, 0, count);
    return output.toByteArray();
  }

  private static CryptoAlgorithm suiteOf(int id) {
    for (CryptoAlgorithm suite : CryptoAlgorithm.values()) {
      if (Short.toUnsignedInt(suite.getValue()) == id) return suite;
    }
    throw new IllegalArgumentException("no suite " + id);
  }

  private static Map<String, String> pairs(JsonArray entries) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (JsonElement entry : entries) {
      pairs.put(entry.getAsJsonArray().get(0).getAsString(), entry.getAsJsonArray().get(1).getAsString());
    }
    return pairs;
  }

  private ICryptographicMaterialsManager cmm(JsonObject job) {
    ICryptographicMaterialsManager cmm =
        providers.CreateDefaultCryptographicMaterialsManager(
            CreateDefaultCryptographicMaterialsManagerInput.builder()
                .keyring(keyring(job.getAsJsonObject("keyring")))
                .build());
    List<String> required = new ArrayList<>();
    job.getAsJsonArray("required").forEach((key) -> required.add(key.getAsString()));
    if (required.isEmpty()) return cmm;
    return providers.CreateRequiredEncryptionContextCMM(
        CreateRequiredEncryptionContextCMMInput.builder()
            .underlyingCMM(cmm)
            .requiredEncryptionContextKeys(required)
            .build());
  }

  private IKeyring keyring(JsonObject spec) {
    switch (spec.get("kind").getAsString()) {
      case "multi":
        {
          List<IKeyring> parts = new ArrayList<>();
          spec.getAsJsonArray("keyrings").forEach((part) -> parts.add(keyring(part.getAsJsonObject())));
          return providers.CreateMultiKeyring(
              CreateMultiKeyringInput.builder()
                  .generator(parts.get(0))
                  .childKeyrings(parts.subList(1, parts.size()))
                  .build());
        }
      case "aes":
        {
          byte[] key = aesKey(spec);
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
                .paddingScheme(KEYRING_PADDINGS.get(spec.get("padding").getAsString()))
                .publicKey(pem(spec.get("key"), "publicKey"))
                .privateKey(pem(spec.get("key"), "privateKey"))
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
                    .senderStaticPrivateKey(pem(spec.get("sender"), "privateKey"))
                    .recipientPublicKey(ByteBuffer.wrap(der(spec.get("recipient"), "publicKey")))
                    .build())
            .build();
      case "ephemeral":
        return scheme
            .EphemeralPrivateKeyToStaticPublicKey(
                EphemeralPrivateKeyToStaticPublicKeyInput.builder()
                    .recipientPublicKey(ByteBuffer.wrap(der(spec.get("recipient"), "publicKey")))
                    .build())
            .build();
      default:
        return scheme
            .PublicKeyDiscovery(
                PublicKeyDiscoveryInput.builder()
                    .recipientStaticPrivateKey(pem(spec.get("recipient"), "privateKey"))
                    .build())
            .build();
    }
  }

  /** What there was before keyrings. */
  private MasterKeyProvider<JceMasterKey> masterKeys(JsonObject spec) throws GeneralSecurityException {
    if (!spec.get("kind").getAsString().equals("multi")) return masterKey(spec);
    List<JceMasterKey> parts = new ArrayList<>();
    for (JsonElement part : spec.getAsJsonArray("keyrings")) parts.add(masterKey(part.getAsJsonObject()));
    return MultipleProviderFactory.buildMultiProvider(JceMasterKey.class, parts);
  }

  private JceMasterKey masterKey(JsonObject spec) throws GeneralSecurityException {
    String namespace = spec.get("namespace").getAsString();
    String name = spec.get("name").getAsString();
    if (spec.get("kind").getAsString().equals("aes")) {
      return JceMasterKey.getInstance(new SecretKeySpec(aesKey(spec), "AES"), namespace, name, "AES/GCM/NoPadding");
    }
    KeyFactory factory = KeyFactory.getInstance("RSA");
    return JceMasterKey.getInstance(
        factory.generatePublic(new X509EncodedKeySpec(der(spec.get("key"), "publicKey"))),
        factory.generatePrivate(new PKCS8EncodedKeySpec(der(spec.get("key"), "privateKey"))),
        namespace,
        name,
        MASTER_KEY_PADDINGS.get(spec.get("padding").getAsString()));
  }

  private byte[] aesKey(JsonObject spec) {
    return HexFormat.of().parseHex(keys.get(spec.get("key").getAsString()).getAsString());
  }

  private String pemText(JsonElement key, String half) {
    return keys.getAsJsonObject(key.getAsString()).get(half).getAsString();
  }

  private ByteBuffer pem(JsonElement key, String half) {
    return ByteBuffer.wrap(pemText(key, half).getBytes(StandardCharsets.UTF_8));
  }

  private byte[] der(JsonElement key, String half) {
    return Base64.getMimeDecoder().decode(pemText(key, half).replaceAll("-----[^-]+-----", ""));
  }
}
