import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.r5.utils.validation.IValidatorResourceFetcher;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;
import org.hl7.fhir.utilities.http.ManagedWebAccess;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.ValidationEngine;
import org.hl7.fhir.validation.instance.InstanceValidator;
import org.hl7.fhir.validation.instance.advisor.BasePolicyAdvisorForFullValidation;

/**
 * Validates resources, in JSON or XML, with HL7's reference validator. Reads lines of JSON, {"text": "...", "profiles": []}, from standard input
 * and writes a line of findings for each, in the same order. The arguments are packages (`id#version`) to load beside R5 core,
 * from the package cache in the home folder; and `rest-references`. No network is used.
 */
public final class Reference {
  private static final Gson GSON = new Gson();

  /** Takes the type in a relative reference for that of its target, as servers do that have such targets alone. */
  private static final String REST_REFERENCES = "rest-references";

  public static void main(String[] packages) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err); // the engine prints its progress there
    // Packages that a resource names would be fetched, with pauses between the attempts.
    ManagedWebAccess.setAccessPolicy(ManagedWebAccess.WebAccessPolicy.PROHIBITED);
    ValidationEngine engine = engine(packages);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject asked = JsonParser.parseString(line).getAsJsonObject();
      out.println(GSON.toJson(findings(engine, asked)));
      out.flush();
    }
  }

  private static ValidationEngine engine(String[] packages) throws Exception {
    ValidationEngine engine = new ValidationEngine.ValidationEngineBuilder()
        .withCanRunWithoutTerminologyServer(true)
        .withNoTerminologyServer()
        .withThoVersion("7.0.1")
        .withExtensionsVersion("5.3.0-ballot-tc1")
        .fromSource("hl7.fhir.r5.core#5.0.0");
    for (String one : packages) {
      if (one.equals(REST_REFERENCES)) {
        engine.setAssumeValidRestReferences(true);
        continue;
      }
      String[] parts = one.split("#");
      engine.loadPackage(parts[0], parts[1]);
    }
    engine.setBestPracticeLevel(BestPracticeWarningLevel.Ignore);
    engine.setAllowExampleUrls(true);
    engine.setAnyExtensionsAllowed(true);
    engine.setPolicyAdvisor(
        new BasePolicyAdvisorForFullValidation(ReferenceValidationPolicy.CHECK_TYPE_IF_EXISTS, Set.of()));
    engine.setFetcher(fetcher(engine));
    engine.prepare();
    return engine;
  }

  /** Fetches nothing. Addresses are taken to lead somewhere, but for those of HL7, whose definitions are all at hand. */
  private static IValidatorResourceFetcher fetcher(ValidationEngine engine) {
    Class<?>[] types = {IValidatorResourceFetcher.class};
    return (IValidatorResourceFetcher) Proxy.newProxyInstance(
        Reference.class.getClassLoader(),
        types,
        (self, method, given) -> switch (method.getName()) {
          case "resolveURL" -> !String.valueOf(given[3]).startsWith("http://hl7.org/fhir/") || isKnown(engine, method, given);
          case "fetchesCanonicalResource" -> false;
          case "fetchCanonicalResourceVersions" -> Set.of();
          case "setLocale" -> self;
          case "hashCode" -> System.identityHashCode(self);
          case "equals" -> self == given[0];
          case "toString" -> "no fetcher";
          default -> null;
        });
  }

  /** Asks the engine, which would ask its fetcher in turn: without end, if that were left. */
  private static boolean isKnown(ValidationEngine engine, Method resolve, Object[] given) throws ReflectiveOperationException {
    IValidatorResourceFetcher fetcher = engine.getFetcher();
    engine.setFetcher(null);
    try {
      return (Boolean) resolve.invoke(engine, given);
    } finally {
      engine.setFetcher(fetcher);
    }
  }

  private static JsonArray findings(ValidationEngine engine, JsonObject asked) throws Exception {
    List<ValidationMessage> messages = new ArrayList<>();
    JsonArray found = new JsonArray();
    List<String> profiles = new ArrayList<>();
    if (asked.has("profiles")) asked.getAsJsonArray("profiles").forEach(one -> profiles.add(one.getAsString()));
    String text = asked.get("text").getAsString();
    FhirFormat format = text.replace("\uFEFF", "").stripLeading().startsWith("<") ? FhirFormat.XML : FhirFormat.JSON;
    try {
      InstanceValidator validator = engine.getValidator(format);
      validator.validate(
          null, messages, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), format, engine.asSdList(profiles));
    } catch (Throwable problem) {
      JsonObject one = new JsonObject();
      one.addProperty("severity", "thrown");
      one.addProperty("code", "exception");
      one.addProperty("expression", "");
      one.addProperty("id", problem.getClass().getSimpleName());
      one.addProperty("text", String.valueOf(problem.getMessage()));
      found.add(one);
    }
    for (ValidationMessage message : messages) found.add(finding(message));
    return found;
  }

  private static JsonObject finding(ValidationMessage message) {
    JsonObject one = new JsonObject();
    one.addProperty("severity", message.getLevel().toCode());
    one.addProperty("code", message.getType() == null ? "" : message.getType().toCode());
    one.addProperty("expression", message.getLocation());
    one.addProperty("id", message.getMessageId());
    one.addProperty("text", message.getMessage());
    return one;
  }
}
