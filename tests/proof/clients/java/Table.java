import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** How a program with clients of others tells of its calls: a line of JSON for each. */
final class Table {
  private static final ObjectMapper JSON = new ObjectMapper();
  /** As the proof describes the platform: `Ground` of ground.ts. */
  static final JsonNode GROUND = ground();
  private final String client;
  private final String version;

  Table(String client, Class<?> of) {
    this.client = client;
    this.version = versionOf(of);
  }

  /** Tries a call; the result is null where it failed. */
  <T> T call(String name, Callable<T> run) {
    try {
      T result = run.call();
      tell(name, true, result instanceof String text ? text : "");
      return result;
    } catch (Throwable failure) {
      tell(name, false, textOf(failure));
      return null;
    }
  }

  private void tell(String name, boolean ok, String said) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("client", client);
    line.put("version", version);
    line.put("call", name);
    line.put("ok", ok);
    line.put("said", said.length() > 1500 ? said.substring(0, 1500) : said);
    try {
      System.out.println(JSON.writeValueAsString(line));
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  static String text(String... path) {
    JsonNode at = GROUND;
    for (String name : path) at = at.path(name);
    return at.asText();
  }

  /** Signs the person in; the address to which the browser is sent. */
  static URI signIn(URI address) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(text("door") + "/sign-in"))
            .POST(HttpRequest.BodyPublishers.ofString(address.toString()))
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new IllegalStateException(response.body());
    return URI.create(response.body());
  }

  static void check(boolean condition, String text) {
    if (!condition) throw new IllegalStateException("not as expected: " + text);
  }

  /** All that somebody sees who has only the exception. */
  private static String textOf(Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable one = failure; one != null && one != one.getCause(); one = one.getCause())
      text.append(text.isEmpty() ? "" : " | ").append(one.getClass().getSimpleName()).append(": ").append(one.getMessage());
    return text.toString();
  }

  /** Of the file from which the class comes: `name-1.2.3.jar`. */
  private static String versionOf(Class<?> of) {
    String file = of.getProtectionDomain().getCodeSource().getLocation().getPath();
    return file.replaceAll("^.*?-(\\d[^/]*)\\.jar$", "$1");
  }

  private static JsonNode ground() {
    try {
      return JSON.readTree(System.getenv("DHP_GROUND"));
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }
}
