package esdk.interop.s3;

import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kms.AWSKMS;
import com.amazonaws.services.kms.AWSKMSClientBuilder;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3EncryptionClientBuilder;
import com.amazonaws.services.s3.AmazonS3EncryptionClientV2Builder;
import com.amazonaws.services.s3.model.CompleteMultipartUploadRequest;
import com.amazonaws.services.s3.model.CryptoConfiguration;
import com.amazonaws.services.s3.model.CryptoConfigurationV2;
import com.amazonaws.services.s3.model.CryptoMode;
import com.amazonaws.services.s3.model.CryptoRangeGetMode;
import com.amazonaws.services.s3.model.CryptoStorageMode;
import com.amazonaws.services.s3.model.EncryptedInitiateMultipartUploadRequest;
import com.amazonaws.services.s3.model.EncryptedPutObjectRequest;
import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.GetObjectRequest;
import com.amazonaws.services.s3.model.KMSEncryptionMaterials;
import com.amazonaws.services.s3.model.ObjectMetadata;
import com.amazonaws.services.s3.model.PartETag;
import com.amazonaws.services.s3.model.S3Object;
import com.amazonaws.services.s3.model.StaticEncryptionMaterialsProvider;
import com.amazonaws.services.s3.model.UploadPartRequest;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The encryption clients of the AWS SDK for Java 1, doing the jobs of {@code interop/s3}: the first for the formats that
 * are only read today, the second for V2.
 *
 * <pre>java esdk.interop.s3.EarlierPeer</pre>
 */
public final class EarlierPeer {
  private static final int PART_LENGTH = 5 * 1024 * 1024;
  private static final String REGION = "us-west-2";

  private final Keys keys = new Keys();
  private final EndpointConfiguration s3Endpoint =
      new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL_S3"), REGION);
  private final AWSKMS kms =
      AWSKMSClientBuilder.standard()
          .withEndpointConfiguration(new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL_KMS"), REGION))
          .build();

  public static void main(String[] args) throws IOException {
    EarlierPeer peer = new EarlierPeer();
    Jobs.performAll(peer.keys, peer::perform);
  }

  private void perform(JsonObject job, JsonObject result) throws Exception {
    switch (Jobs.text(job, "operation")) {
      case "write" -> write(job);
      case "read" -> Jobs.tell(result, read(job));
      default -> throw new IllegalArgumentException("no operation " + job.get("operation"));
    }
  }

  private void write(JsonObject job) throws Exception {
    byte[] plaintext = Jobs.plaintext(job);
    if (Jobs.text(job, "way").equals("parts")) {
      putParts(job, plaintext);
      return;
    }
    ObjectMetadata metadata = new ObjectMetadata();
    metadata.setContentLength(plaintext.length);
    client(job)
        .putObject(
            new EncryptedPutObjectRequest(
                    Jobs.text(job, "bucket"), Jobs.text(job, "key"), new ByteArrayInputStream(plaintext), metadata)
                .withMaterialsDescription(context(job)));
  }

  private void putParts(JsonObject job, byte[] plaintext) throws Exception {
    AmazonS3 client = client(job);
    String bucket = Jobs.text(job, "bucket");
    String key = Jobs.text(job, "key");
    EncryptedInitiateMultipartUploadRequest begin = new EncryptedInitiateMultipartUploadRequest(bucket, key);
    begin.setMaterialsDescription(context(job));
    String upload = client.initiateMultipartUpload(begin).getUploadId();
    List<PartETag> parts = new ArrayList<>();
    int count = Math.max(1, (plaintext.length + PART_LENGTH - 1) / PART_LENGTH);
    for (int number = 1; number <= count; number++) {
      int start = (number - 1) * PART_LENGTH;
      int length = Math.min(PART_LENGTH, plaintext.length - start);
      parts.add(
          client
              .uploadPart(
                  new UploadPartRequest()
                      .withBucketName(bucket)
                      .withKey(key)
                      .withUploadId(upload)
                      .withPartNumber(number)
                      .withInputStream(new ByteArrayInputStream(plaintext, start, length))
                      .withPartSize(length)
                      .withLastPart(number == count))
              .getPartETag());
    }
    client.completeMultipartUpload(new CompleteMultipartUploadRequest(bucket, key, upload, parts));
  }

  private byte[] read(JsonObject job) throws Exception {
    GetObjectRequest request = new GetObjectRequest(Jobs.text(job, "bucket"), Jobs.text(job, "key"));
    if (job.has("range")) {
      String[] ends = Jobs.text(job, "range").substring("bytes=".length()).split("-");
      if (ends.length == 1) request.setRange(Long.parseLong(ends[0]));
      else request.setRange(Long.parseLong(ends[0]), Long.parseLong(ends[1]));
    }
    try (S3Object object = client(job).getObject(request)) {
      return object.getObjectContent().readAllBytes();
    }
  }

  private AmazonS3 client(JsonObject job) throws Exception {
    StaticEncryptionMaterialsProvider materials = new StaticEncryptionMaterialsProvider(materials(job));
    CryptoStorageMode place =
        Jobs.isSet(job, "inFile") ? CryptoStorageMode.InstructionFile : CryptoStorageMode.ObjectMetadata;
    if (Jobs.text(job, "format").equals("V2")) {
      return AmazonS3EncryptionClientV2Builder.standard()
          .withEndpointConfiguration(s3Endpoint)
          .withPathStyleAccessEnabled(true)
          .withKmsClient(kms)
          .withEncryptionMaterialsProvider(materials)
          .withCryptoConfiguration(
              new CryptoConfigurationV2(CryptoMode.StrictAuthenticatedEncryption)
                  .withStorageMode(place)
                  .withRangeGetMode(job.has("range") ? CryptoRangeGetMode.ALL : CryptoRangeGetMode.DISABLED))
          .build();
    }
    boolean isGcm = Jobs.text(job, "format").equals("V2, wrapped as before");
    return AmazonS3EncryptionClientBuilder.standard()
        .withEndpointConfiguration(s3Endpoint)
        .withPathStyleAccessEnabled(true)
        .withKmsClient(kms)
        .withEncryptionMaterials(materials)
        .withCryptoConfiguration(
            new CryptoConfiguration(isGcm ? CryptoMode.AuthenticatedEncryption : CryptoMode.EncryptionOnly)
                .withStorageMode(place))
        .build();
  }

  private EncryptionMaterials materials(JsonObject job) throws Exception {
    JsonObject keyring = job.getAsJsonObject("keyring");
    String key = Jobs.text(keyring, "key");
    EncryptionMaterials materials =
        switch (Jobs.text(keyring, "kind")) {
          case "aes" -> new EncryptionMaterials(keys.aes(key));
          case "rsa" -> new EncryptionMaterials(keys.rsa(key));
          default -> new KMSEncryptionMaterials(keys.arn(key));
        };
    context(job).forEach(materials::addDescription);
    return materials;
  }

  private static Map<String, String> context(JsonObject job) {
    return Jobs.pairs(job.getAsJsonArray("context"));
  }
}
