package esdk.interop.s3;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.SdkPartType;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3AsyncEncryptionClient;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.internal.ReEncryptInstructionFileRequest;
import software.amazon.encryption.s3.materials.Keyring;

/**
 * The Amazon S3 Encryption Client for Java 4, doing the jobs of {@code interop/s3}.
 *
 * <pre>java esdk.interop.s3.Peer</pre>
 */
public final class Peer {
  private static final int PART_LENGTH = 5 * 1024 * 1024;

  private final Keys keys = new Keys();
  private final Keyrings keyrings = new Keyrings(keys);
  private final S3Client plain = S3Client.builder().region(Region.US_WEST_2).forcePathStyle(true).build();
  private final S3Client instructionFileClient = new InstructionFileClient(plain);
  private final S3AsyncClient plainAsync =
      S3AsyncClient.builder().region(Region.US_WEST_2).forcePathStyle(true).build();

  public static void main(String[] args) throws IOException {
    Peer peer = new Peer();
    Jobs.performAll(peer.keys, peer::perform);
  }

  private void perform(JsonObject job, JsonObject result) throws Exception {
    switch (Jobs.text(job, "operation")) {
      case "write" -> write(job);
      case "read" -> Jobs.tell(result, read(job));
      case "rewrap" -> rewrap(job);
      default -> throw new IllegalArgumentException("no operation " + job.get("operation"));
    }
  }

  private void write(JsonObject job) throws Exception {
    byte[] plaintext = Jobs.plaintext(job);
    PutObjectRequest request =
        PutObjectRequest.builder()
            .bucket(Jobs.text(job, "bucket"))
            .key(Jobs.text(job, "key"))
            .overrideConfiguration(withContext(job))
            .build();
    switch (Jobs.text(job, "way")) {
      case "put" -> client(job, false).putObject(request, RequestBody.fromBytes(plaintext));
      case "put in parts" -> client(job, true).putObject(request, RequestBody.fromBytes(plaintext));
      case "async put" -> asyncClient(job).putObject(request, AsyncRequestBody.fromBytes(plaintext)).join();
      default -> putParts(job, plaintext);
    }
  }

  private void putParts(JsonObject job, byte[] plaintext) throws Exception {
    S3EncryptionClient client = client(job, false);
    String bucket = Jobs.text(job, "bucket");
    String key = Jobs.text(job, "key");
    String upload =
        client
            .createMultipartUpload(to -> to.bucket(bucket).key(key).overrideConfiguration(withContext(job)))
            .uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    int count = Math.max(1, (plaintext.length + PART_LENGTH - 1) / PART_LENGTH);
    for (int number = 1; number <= count; number++) {
      int start = (number - 1) * PART_LENGTH;
      int length = Math.min(PART_LENGTH, plaintext.length - start);
      UploadPartRequest request =
          UploadPartRequest.builder()
              .bucket(bucket)
              .key(key)
              .uploadId(upload)
              .partNumber(number)
              .sdkPartType(number == count ? SdkPartType.LAST : SdkPartType.DEFAULT)
              .build();
      RequestBody body = RequestBody.fromInputStream(new java.io.ByteArrayInputStream(plaintext, start, length), length);
      parts.add(CompletedPart.builder().partNumber(number).eTag(client.uploadPart(request, body).eTag()).build());
    }
    client.completeMultipartUpload(
        of -> of.bucket(bucket).key(key).uploadId(upload).multipartUpload(with -> with.parts(parts)));
  }

  private byte[] read(JsonObject job) throws Exception {
    GetObjectRequest.Builder request =
        GetObjectRequest.builder()
            .bucket(Jobs.text(job, "bucket"))
            .key(Jobs.text(job, "key"))
            .overrideConfiguration(withContext(job));
    if (job.has("range")) request.range(Jobs.text(job, "range"));
    return Jobs.text(job, "way").startsWith("async")
        ? asyncClient(job).getObject(request.build(), AsyncResponseTransformer.toBytes()).join().asByteArray()
        : client(job, false).getObjectAsBytes(request.build()).asByteArray();
  }

  private void rewrap(JsonObject job) throws Exception {
    JsonObject to = job.getAsJsonObject("to");
    ReEncryptInstructionFileRequest.Builder request =
        ReEncryptInstructionFileRequest.builder()
            .bucket(Jobs.text(job, "bucket"))
            .key(Jobs.text(job, "key"))
            .newKeyring(keyrings.raw(to, Jobs.pairs(to.getAsJsonArray("context")), false));
    if (job.has("suffix")) request.instructionFileSuffix(Jobs.text(job, "suffix"));
    client(job, false).reEncryptInstructionFile(request.build());
  }

  private Consumer<AwsRequestOverrideConfiguration.Builder> withContext(JsonObject job) {
    return configuration -> {
      Map<String, String> context = Jobs.pairs(job.getAsJsonArray("context"));
      boolean isKms = Jobs.text(job.getAsJsonObject("keyring"), "kind").startsWith("kms");
      if (isKms && !context.isEmpty()) S3EncryptionClient.withAdditionalConfiguration(context).accept(configuration);
      if (job.has("suffix")) {
        S3EncryptionClient.withCustomInstructionFileSuffix(Jobs.text(job, "suffix")).accept(configuration);
      }
    };
  }

  private S3EncryptionClient client(JsonObject job, boolean inParts) throws Exception {
    return S3EncryptionClient.builderV4()
        .wrappedClient(plain)
        .wrappedAsyncClient(plainAsync)
        .keyring(keyring(job))
        .encryptionAlgorithm(suite(job))
        .commitmentPolicy(policy(job))
        .enableMultipartPutObject(inParts)
        .enableDelayedAuthenticationMode(isDelayed(job))
        .enableLegacyUnauthenticatedModes(job.has("range"))
        .instructionFileConfig(instructionFiles(job))
        .build();
  }

  private S3AsyncEncryptionClient asyncClient(JsonObject job) throws Exception {
    return S3AsyncEncryptionClient.builderV4()
        .wrappedClient(plainAsync)
        .keyring(keyring(job))
        .encryptionAlgorithm(suite(job))
        .commitmentPolicy(policy(job))
        .enableDelayedAuthenticationMode(isDelayed(job))
        .enableLegacyUnauthenticatedModes(job.has("range"))
        .instructionFileConfig(instructionFiles(job))
        .build();
  }

  private InstructionFileConfig instructionFiles(JsonObject job) {
    return InstructionFileConfig.builder()
        .instructionFileClient(instructionFileClient)
        .enableInstructionFilePutObject(Jobs.isSet(job, "inFile"))
        .build();
  }

  private Keyring keyring(JsonObject job) throws Exception {
    Map<String, String> context = Jobs.pairs(job.getAsJsonArray("context"));
    return keyrings.of(job.getAsJsonObject("keyring"), context, Jobs.isSet(job, "byDescription"));
  }

  private static boolean isDelayed(JsonObject job) {
    return job.has("way") && Jobs.text(job, "way").contains("delayed");
  }

  private static AlgorithmSuite suite(JsonObject job) {
    return Jobs.isSet(job, "committing")
        ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
        : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
  }

  private static CommitmentPolicy policy(JsonObject job) {
    return Jobs.isSet(job, "committing")
        ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
        : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT;
  }
}
