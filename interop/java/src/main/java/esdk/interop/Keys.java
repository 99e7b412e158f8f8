package esdk.interop;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;

/** The keys of a run, by the names that jobs have for them. */
final class Keys {
  private JsonObject keys = new JsonObject();

  void take(JsonObject all) {
    keys = all;
  }

  /** An id of a branch key, or the name of the table. */
  String text(String name) {
    return keys.get(name).getAsString();
  }

  byte[] aes(JsonElement name) {
    return HexFormat.of().parseHex(text(name.getAsString()));
  }

  String arn(JsonElement name) {
    return keys.getAsJsonObject(name.getAsString()).get("arn").getAsString();
  }

  String region(JsonElement name) {
    return keys.getAsJsonObject(name.getAsString()).get("region").getAsString();
  }

  ByteBuffer pem(JsonElement name, String half) {
    return ByteBuffer.wrap(pemText(name, half).getBytes(StandardCharsets.UTF_8));
  }

  byte[] der(JsonElement name, String half) {
    return Base64.getMimeDecoder().decode(pemText(name, half).replaceAll("-----[^-]+-----", ""));
  }

  private String pemText(JsonElement name, String half) {
    return keys.getAsJsonObject(name.getAsString()).get(half).getAsString();
  }
}
