import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.hl7.fhir.r5.fhirpath.FHIRPathEngine;
import org.hl7.fhir.r5.model.Base;
import org.hl7.fhir.r5.model.Quantity;
import org.hl7.fhir.r5.model.Resource;
import org.hl7.fhir.utilities.http.ManagedWebAccess;
import org.hl7.fhir.validation.ValidationEngine;

/**
 * Evaluates FHIRPath with HL7's engine. Reads lines of JSON, {"resource": {...}, "expression": "..."}, where a line without a resource is about
 * that of the line before, and writes a line for each: {"values": [...]} or {"error": "..."}. A value is its text; a quantity has its unit
 * behind it, and any other value with members is {}. No network is used.
 */
public final class Expressions {
  public static void main(String[] given) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err); // the engine prints its progress there
    ManagedWebAccess.setAccessPolicy(ManagedWebAccess.WebAccessPolicy.PROHIBITED);
    ValidationEngine validation = new ValidationEngine.ValidationEngineBuilder()
        .withCanRunWithoutTerminologyServer(true)
        .withNoTerminologyServer()
        .withThoVersion("7.0.1")
        .withExtensionsVersion("5.3.0-ballot-tc1")
        .fromSource("hl7.fhir.r5.core#5.0.0");
    validation.prepare();
    FHIRPathEngine engine = new FHIRPathEngine(validation.getContext());
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Resource resource = null;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject asked = JsonParser.parseString(line).getAsJsonObject();
      JsonObject answer = new JsonObject();
      try {
        if (asked.has("resource")) resource = new org.hl7.fhir.r5.formats.JsonParser().parse(asked.get("resource").toString());
        JsonArray values = new JsonArray();
        String expression = asked.get("expression").getAsString();
        for (Base one : engine.evaluate(null, resource, resource, resource, engine.parse(expression))) values.add(textOf(one));
        answer.add("values", values);
      } catch (Throwable problem) {
        answer.addProperty("error", String.valueOf(problem.getMessage()));
      }
      out.println(answer);
      out.flush();
    }
  }

  private static String textOf(Base value) {
    if (value.isPrimitive()) return value.primitiveValue();
    if (!(value instanceof Quantity quantity)) return "{}";
    String unit = quantity.getCode() != null ? quantity.getCode() : quantity.getUnit();
    return (quantity.getValue() == null ? "" : quantity.getValue().toPlainString()) + " " + unit;
  }
}
