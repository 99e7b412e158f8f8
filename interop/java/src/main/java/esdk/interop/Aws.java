package esdk.interop;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.kms.KmsClient;

/** One client for each Region. Credentials come from the environment by themselves, endpoints do not. */
final class Aws {
  private static final Map<String, KmsClient> KMS = new ConcurrentHashMap<>();
  private static final Map<String, DynamoDbClient> DYNAMODB = new ConcurrentHashMap<>();

  private Aws() {}

  static KmsClient kms(String region) {
    return KMS.computeIfAbsent(
        region,
        (name) ->
            KmsClient.builder().region(Region.of(name)).endpointOverride(endpoint("AWS_ENDPOINT_URL_KMS")).build());
  }

  static DynamoDbClient dynamoDb(String region) {
    return DYNAMODB.computeIfAbsent(
        region,
        (name) ->
            DynamoDbClient.builder()
                .region(Region.of(name))
                .endpointOverride(endpoint("AWS_ENDPOINT_URL_DYNAMODB"))
                .build());
  }

  private static URI endpoint(String variable) {
    return URI.create(System.getenv(variable));
  }
}
