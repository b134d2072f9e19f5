import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;
import org.hl7.fhir.utilities.FhirPublication;
import org.hl7.fhir.utilities.http.ManagedWebAccess;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.ValidationEngine;
import org.hl7.fhir.validation.instance.InstanceValidator;
import org.hl7.fhir.validation.instance.advisor.BasePolicyAdvisorForFullValidation;
import org.hl7.fhir.validation.special.TxTester;

/**
 * HL7's terminology test runner, and its validator with a server as its terminology server.
 *
 * run CASES SERVER MODES OUT [FILTER]: the tests of a folder; what the runner says is its log.
 * validate FILE SERVER PACKAGE...: resources, lines of JSON {"text": "..."}; for each its errors, and what the server could not answer.
 */
public final class Terminology {
  public static void main(String[] args) throws Exception {
    // The server is on this machine, and speaks http.
    ManagedWebAccess.setSsrfProtectionEnabled(false);
    if ("run".equals(args[0])) run(args);
    else validate(args);
    System.exit(0);
  }

  private static void run(String[] args) throws Exception {
    TxTester tester = new TxTester(new TxTester.InternalTxLoader(args[1]), args[2], false, null, null);
    tester.setOutput(args[4]);
    tester.execute(Set.of(args[3].split(",")), args.length > 5 ? args[5] : null);
  }

  private static void validate(String[] args) throws Exception {
    ValidationEngine engine = new ValidationEngine.ValidationEngineBuilder()
        .withTxServer(args[2], null, FhirPublication.R5, false)
        .fromSource("hl7.fhir.r5.core#5.0.0");
    for (int i = 3; i < args.length; i++) {
      String[] parts = args[i].split("#");
      engine.loadPackage(parts[0], parts[1]);
    }
    engine.setAllowExampleUrls(true);
    engine.setAnyExtensionsAllowed(true);
    // What references lead to is not here.
    engine.setPolicyAdvisor(
        new BasePolicyAdvisorForFullValidation(ReferenceValidationPolicy.CHECK_TYPE_IF_EXISTS, Set.of()));
    engine.prepare();
    Gson gson = new Gson();
    for (String line : Files.readAllLines(Path.of(args[1]), StandardCharsets.UTF_8)) {
      byte[] text = JsonParser.parseString(line).getAsJsonObject().get("text").getAsString().getBytes(StandardCharsets.UTF_8);
      List<ValidationMessage> messages = new ArrayList<>();
      InstanceValidator validator = engine.getValidator(FhirFormat.JSON);
      validator.validate(null, messages, new ByteArrayInputStream(text), FhirFormat.JSON);
      JsonObject one = new JsonObject();
      JsonArray errors = new JsonArray();
      messages.stream().filter(ValidationMessage::isError).forEach(error -> errors.add(error.getLocation() + ": " + error.getMessage()));
      one.add("errors", errors);
      JsonArray unanswered = new JsonArray();
      for (ValidationMessage message : messages) {
        if (message.getMessage().contains("terminology server")) unanswered.add(message.getMessage());
      }
      one.add("unanswered", unanswered);
      System.out.println(gson.toJson(one));
    }
  }
}
