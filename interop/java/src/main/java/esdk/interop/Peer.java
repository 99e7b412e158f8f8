package esdk.interop;

import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import com.amazonaws.encryptionsdk.CryptoInputStream;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.MaterialProvidersConfig;

/**
 * The AWS Encryption SDK for Java, doing the jobs of {@code interop/run.mjs}.
 *
 * <pre>java esdk.interop.Peer</pre>
 *
 * It reads jobs from standard input, one JSON object in a line, and answers each with a line, in the same order. A job
 * that fails is answered with {@code error}; the program itself goes on.
 */
public final class Peer {
  private static final int STREAM_READ = 1000;

  private final Keys keys = new Keys();
  private final BranchKeys branchKeys;
  private final Keyrings keyrings;
  private final MasterKeys masterKeys;

  private Peer() {
    MaterialProviders providers =
        MaterialProviders.builder().MaterialProvidersConfig(MaterialProvidersConfig.builder().build()).build();
    branchKeys = new BranchKeys(providers, keys);
    keyrings = new Keyrings(providers, keys, branchKeys);
    masterKeys = new MasterKeys(keys);
  }

  public static void main(String[] args) throws IOException {
    Peer peer = new Peer();
    Gson gson = new Gson();
    BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
      answers.println(gson.toJson(peer.answer(JsonParser.parseString(line).getAsJsonObject())));
    }
  }

  /** Whatever goes wrong, errors of the virtual machine included, is the answer. */
  private JsonObject answer(JsonObject job) {
    JsonObject result = new JsonObject();
    result.addProperty("id", job.get("id").getAsString());
    try {
      perform(job, result);
    } catch (Throwable error) {
      String text = error.getClass().getSimpleName() + ": " + error.getMessage();
      if (error.getCause() != null) text += " (" + error.getCause() + ")";
      result.addProperty("error", text.substring(0, Math.min(400, text.length())));
    }
    return result;
  }

  private void perform(JsonObject job, JsonObject result) throws Exception {
    switch (job.get("operation").getAsString()) {
      case "take keys" -> {
        Path path = Path.of(job.get("path").getAsString());
        keys.take(JsonParser.parseString(Files.readString(path)).getAsJsonObject());
      }
      case "encrypt" -> encrypt(job);
      case "decrypt" -> decrypt(job, result);
      case "create table" -> branchKeys.createTable(job);
      case "create branch key" -> branchKeys.create(job, result);
      case "version branch key" -> branchKeys.version(job);
      case "read branch key" -> branchKeys.read(job, result);
      default -> throw new IllegalArgumentException("no operation " + job.get("operation"));
    }
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
    Map<String, String> context = Keyrings.pairs(job.getAsJsonArray("context"));
    Files.write(Path.of(job.get("message").getAsString()), seal(client, job, plaintext, context));
  }

  private byte[] seal(AwsCrypto client, JsonObject job, byte[] plaintext, Map<String, String> context)
      throws Exception {
    boolean streamed = job.get("streamed").getAsBoolean();
    InputStream source = new ByteArrayInputStream(plaintext);
    if (usesMasterKeys(job)) {
      var provider = masterKeys.provider(job.getAsJsonObject("keyring"));
      return streamed
          ? readAll(client.createEncryptingStream(provider, source, context))
          : client.encryptData(provider, plaintext, context).getResult();
    }
    var cmm = keyrings.cmm(job);
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
    if (usesMasterKeys(job)) {
      return client.decryptData(masterKeys.provider(job.getAsJsonObject("keyring")), ciphertext);
    }
    return client.decryptData(keyrings.cmm(job), ciphertext, Keyrings.pairs(job.getAsJsonArray("reproduced")));
  }

  private CryptoInputStream<?> openingStream(AwsCrypto client, JsonObject job, InputStream ciphertext)
      throws Exception {
    if (usesMasterKeys(job)) {
      return client.createDecryptingStream(masterKeys.provider(job.getAsJsonObject("keyring")), ciphertext);
    }
    return client.createDecryptingStream(
        keyrings.cmm(job), ciphertext, Keyrings.pairs(job.getAsJsonArray("reproduced")));
  }

  private static boolean usesMasterKeys(JsonObject job) {
    return job.get("api").getAsString().equals("master key");
  }

  private static void tell(JsonObject result, byte[] plaintext, CryptoAlgorithm suite, Map<String, String> context)
      throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(plaintext);
    result.addProperty("sha256", HexFormat.of().formatHex(digest));
    result.addProperty("suite", Short.toUnsignedInt(suite.getValue()));
    result.add("context", Keyrings.entries(context));
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
}
