package esdk.interop.s3;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Jobs from standard input, one JSON object in a line, each answered with a line, in the same order. A job that fails,
 * or takes too long, is answered with {@code error}; the program itself goes on.
 */
final class Jobs {
  private static final int TIME_LIMIT_SECONDS = 15;

  interface Performer {
    /** Does a job, and adds what came out to the result. */
    void perform(JsonObject job, JsonObject result) throws Exception;
  }

  private Jobs() {}

  static void performAll(Keys keys, Performer performer) throws IOException {
    Gson gson = new Gson();
    BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // Threads that never end must not keep the program.
    ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task);
              thread.setDaemon(true);
              return thread;
            });
    for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
      JsonObject job = JsonParser.parseString(line).getAsJsonObject();
      answers.println(gson.toJson(answer(job, threads, keys, performer)));
    }
    System.exit(0);
  }

  private static JsonObject answer(JsonObject job, ExecutorService threads, Keys keys, Performer performer) {
    JsonObject result = new JsonObject();
    try {
      if (job.get("operation").getAsString().equals("take keys")) {
        keys.take(JsonParser.parseString(Files.readString(Path.of(text(job, "path")))).getAsJsonObject());
      } else {
        result =
            threads
                .submit(
                    () -> {
                      JsonObject own = new JsonObject();
                      performer.perform(job, own);
                      return own;
                    })
                .get(TIME_LIMIT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (TimeoutException error) {
      result.addProperty("error", "no answer after " + TIME_LIMIT_SECONDS + " seconds");
    } catch (ExecutionException error) {
      result.addProperty("error", textOf(error.getCause()));
    } catch (Exception error) {
      result.addProperty("error", textOf(error));
    }
    result.add("id", job.get("id"));
    return result;
  }

  private static String textOf(Throwable error) {
    String text = error.getClass().getSimpleName() + ": " + error.getMessage();
    if (error.getCause() != null) text += " (" + error.getCause() + ")";
    return text.substring(0, Math.min(400, text.length()));
  }

  static String text(JsonObject job, String name) {
    return job.get(name).getAsString();
  }

  static boolean isSet(JsonObject job, String name) {
    return job.has(name) && job.get(name).getAsBoolean();
  }

  static Map<String, String> pairs(JsonArray pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (JsonElement pair : pairs) {
      map.put(pair.getAsJsonArray().get(0).getAsString(), pair.getAsJsonArray().get(1).getAsString());
    }
    return map;
  }

  static byte[] plaintext(JsonObject job) throws IOException {
    JsonObject slice = job.getAsJsonObject("plaintext");
    byte[] plaintext = new byte[slice.get("length").getAsInt()];
    try (RandomAccessFile file = new RandomAccessFile(text(slice, "path"), "r")) {
      file.seek(slice.get("offset").getAsLong());
      file.readFully(plaintext);
    }
    return plaintext;
  }

  static void tell(JsonObject result, byte[] plaintext) throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(plaintext);
    result.addProperty("sha256", HexFormat.of().formatHex(digest));
  }
}
