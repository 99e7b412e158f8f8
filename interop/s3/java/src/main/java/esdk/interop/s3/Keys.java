package esdk.interop.s3;

import com.google.gson.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The keys of a run, by the names that jobs have for them. */
final class Keys {
  /** Names of keys that no object is written with. */
  static final String OTHER_AES = "s3-other-aes";

  static final String OTHER_RSA = "s3-other-rsa";

  private JsonObject keys = new JsonObject();

  void take(JsonObject all) {
    keys = all;
  }

  SecretKey aes(String name) {
    return new SecretKeySpec(HexFormat.of().parseHex(keys.get(name).getAsString()), "AES");
  }

  KeyPair rsa(String name) throws GeneralSecurityException {
    KeyFactory factory = KeyFactory.getInstance("RSA");
    return new KeyPair(
        factory.generatePublic(new X509EncodedKeySpec(der(name, "publicKey"))),
        factory.generatePrivate(new PKCS8EncodedKeySpec(der(name, "privateKey"))));
  }

  String arn(String name) {
    return keys.getAsJsonObject(name).get("arn").getAsString();
  }

  String region(String name) {
    return keys.getAsJsonObject(name).get("region").getAsString();
  }

  private byte[] der(String name, String half) {
    String pem = keys.getAsJsonObject(name).get(half).getAsString();
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]+-----", ""));
  }
}
