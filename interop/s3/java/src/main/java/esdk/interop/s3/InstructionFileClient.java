package esdk.interop.s3;

import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads instruction files for both encryption clients, the asynchronous one too. They ask for them on a thread of Netty's
 * event loop and wait there:
 *
 * <ul>
 *   <li>With an asynchronous client, reads never end when the answer is for that same thread to read. All clients share the
 *       threads, so that later reads, of whatever object, wait for it as well. Hence a client that blocks.
 *   <li>They never close what they get, so that every read keeps a connection, and one after the other waits for a free one
 *       once there is none. Hence answers that are in memory, and need no connection any more.
 * </ul>
 */
final class InstructionFileClient extends DelegatingS3Client {
  InstructionFileClient(S3Client plain) {
    super(plain);
  }

  @Override
  public ResponseInputStream<GetObjectResponse> getObject(GetObjectRequest request) {
    ResponseBytes<GetObjectResponse> file = getObjectAsBytes(request);
    return new ResponseInputStream<>(file.response(), AbortableInputStream.create(file.asInputStream()));
  }
}
