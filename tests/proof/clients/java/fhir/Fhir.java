import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.okhttp.client.OkHttpRestfulClientFactory;
import ca.uhn.fhir.rest.annotation.Create;
import ca.uhn.fhir.rest.annotation.Delete;
import ca.uhn.fhir.rest.annotation.History;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.OptionalParam;
import ca.uhn.fhir.rest.annotation.Count;
import ca.uhn.fhir.rest.annotation.IncludeParam;
import ca.uhn.fhir.rest.annotation.Metadata;
import ca.uhn.fhir.rest.annotation.Read;
import ca.uhn.fhir.rest.annotation.RequiredParam;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.annotation.Sort;
import ca.uhn.fhir.rest.annotation.Transaction;
import ca.uhn.fhir.rest.annotation.TransactionParam;
import ca.uhn.fhir.rest.annotation.Update;
import ca.uhn.fhir.rest.annotation.Validate;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.api.SortSpec;
import ca.uhn.fhir.rest.api.SummaryEnum;
import ca.uhn.fhir.rest.client.api.IBasicClient;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.api.IRestfulClientFactory;
import ca.uhn.fhir.rest.client.api.ServerValidationModeEnum;
import ca.uhn.fhir.rest.client.interceptor.BearerTokenAuthInterceptor;
import ca.uhn.fhir.rest.param.DateRangeParam;
import ca.uhn.fhir.rest.param.StringParam;
import ca.uhn.fhir.rest.param.TokenParam;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hl7.fhir.r5.model.Binary;
import org.hl7.fhir.r5.model.Bundle;
import org.hl7.fhir.r5.model.CapabilityStatement;
import org.hl7.fhir.r5.model.CodeType;
import org.hl7.fhir.r5.model.Enumerations;
import org.hl7.fhir.r5.model.IdType;
import org.hl7.fhir.r5.model.Meta;
import org.hl7.fhir.r5.model.Observation;
import org.hl7.fhir.r5.model.Parameters;
import org.hl7.fhir.r5.model.Patient;
import org.hl7.fhir.r5.model.Reference;
import org.hl7.fhir.r5.model.StringType;
import org.hl7.fhir.r5.model.ValueSet;
import org.hl7.fhir.r5.utils.client.FHIRToolingClient;
import org.hl7.fhir.utilities.http.HTTPHeader;

/** FHIR clients of HAPI and of HL7, each as its documentation says. */
final class Fhir {
  private static final String BASE = Table.text("fhir");
  private static String token;

  public static void main(String[] arguments) throws Exception {
    token = token();
    generic("ca.uhn.hapi.fhir:hapi-fhir-client", FhirContext.forR5());
    FhirContext ok = FhirContext.forR5();
    ok.setRestfulClientFactory(new OkHttpRestfulClientFactory(ok));
    generic("ca.uhn.hapi.fhir:hapi-fhir-client-okhttp", ok);
    annotated();
    tooling();
  }

  private static String token() throws Exception {
    String form = "grant_type=client_credentials&client_id=" + Table.text("backend", "client_id") + "&client_secret=" + Table.text("backend", "client_secret");
    HttpRequest request = HttpRequest.newBuilder(URI.create(Table.text("issuer") + "/oauth/token")).header("content-type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form)).build();
    String text = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    return text.replaceAll("^.*\"access_token\":\"([^\"]*)\".*$", "$1");
  }

  private static Patient patient() {
    Patient patient = new Patient();
    patient.addName().setFamily("Karimova").addGiven("Aziza");
    patient.addIdentifier().setSystem("urn:clients").setValue(UUID.randomUUID().toString());
    patient.setGender(Enumerations.AdministrativeGender.FEMALE);
    return patient;
  }

  private static Observation observation(String subject) {
    Observation observation = new Observation();
    observation.setStatus(Enumerations.ObservationStatus.FINAL);
    observation.getCode().setText("weight");
    observation.setSubject(new Reference(subject));
    return observation;
  }

  private static Bundle transaction() {
    Bundle bundle = new Bundle();
    bundle.setType(Bundle.BundleType.TRANSACTION);
    String fullUrl = "urn:uuid:" + UUID.randomUUID();
    bundle.addEntry().setFullUrl(fullUrl).setResource(patient()).getRequest().setMethod(Bundle.HTTPVerb.POST).setUrl("Patient").setIfNoneExist("identifier=urn:clients|nobody");
    bundle.addEntry().setResource(observation(fullUrl)).getRequest().setMethod(Bundle.HTTPVerb.POST).setUrl("Observation");
    return bundle;
  }

  private static void generic(String name, FhirContext context) {
    IRestfulClientFactory factory = context.getRestfulClientFactory();
    factory.setSocketTimeout(60_000);
    Table table = new Table(name, name.endsWith("okhttp") ? OkHttpRestfulClientFactory.class : BearerTokenAuthInterceptor.class);
    for (EncodingEnum encoding : new EncodingEnum[] {null, EncodingEnum.JSON, EncodingEnum.XML}) {
      factory.setServerValidationMode(encoding == null ? ServerValidationModeEnum.ONCE : ServerValidationModeEnum.NEVER);
      IGenericClient client = factory.newGenericClient(BASE);
      client.registerInterceptor(new BearerTokenAuthInterceptor(token));
      if (encoding != null) client.setEncoding(encoding);
      if (encoding == EncodingEnum.JSON) client.setPrettyPrint(true);
      String as = encoding == null ? "" : " (" + encoding + ")";
      table.call("capabilities" + as, () -> client.capabilities().ofType(CapabilityStatement.class).execute().getFhirVersion().toCode());
      Patient patient = patient();
      String criteria = "Patient?identifier=urn:clients|" + patient.getIdentifierFirstRep().getValue();
      MethodOutcome made = table.call("create" + as, () -> client.create().resource(patient).execute());
      if (made == null) continue;
      String id = made.getId().getIdPart();
      table.call("create by criteria" + as, () -> client.create().resource(patient).conditionalByUrl(criteria).execute());
      table.call("validate" + as, () -> client.validate().resource(patient).execute());
      table.call("read" + as, () -> client.read().resource(Patient.class).withId(id).execute());
      table.call("read, a summary" + as, () -> client.read().resource(Patient.class).withId(id).summaryMode(SummaryEnum.TRUE).execute());
      table.call("read, some elements" + as, () -> client.read().resource(Patient.class).withId(id).elementsSubset("name").execute());
      table.call("read if changed" + as, () -> client.read().resource(Patient.class).withId(id).ifVersionMatches("1").returnNull().execute());
      table.call("vread" + as, () -> client.read().resource(Patient.class).withIdAndVersion(id, "1").execute());
      table.call("update without a version" + as, () -> client.update().resource((Patient) patient.copy().setId(id)).execute());
      table.call("update" + as, () -> client.update().resource((Patient) patient.copy().setId("Patient/" + id + "/_history/1")).execute());
      table.call("update by criteria" + as, () -> client.update().resource((Patient) patient.copy().setId(id)).conditionalByUrl(criteria).execute());
      Parameters patch = new Parameters();
      Parameters.ParametersParameterComponent operation = patch.addParameter().setName("operation");
      operation.addPart().setName("type").setValue(new CodeType("replace"));
      operation.addPart().setName("path").setValue(new StringType("Patient.gender"));
      operation.addPart().setName("value").setValue(new CodeType("male"));
      table.call("patch (FHIRPath Patch)" + as, () -> client.patch().withFhirPatch(patch).withId("Patient/" + id).execute());
      table.call("patch (JSON Patch)" + as, () -> client.patch().withBody("[{\"op\":\"replace\",\"path\":\"/gender\",\"value\":\"male\"}]").withId("Patient/" + id).execute());
      table.call("patch (XML Patch)" + as, () -> client.patch().withBody("<diff xmlns:f=\"http://hl7.org/fhir\"><remove sel=\"f:Patient/f:gender\"/></diff>").withId("Patient/" + id).execute());
      table.call("patch by criteria" + as, () -> client.patch().withFhirPatch(patch).conditionalByUrl(criteria).execute());
      table.call("search" + as, () -> client.search().forResource(Patient.class).where(Patient.NAME.matches().value("Karimova")).sort().descending("_lastUpdated").count(3).returnBundle(Bundle.class).execute());
      table.call("search by POST" + as, () -> client.search().forResource(Patient.class).where(Patient.NAME.matches().value("Karimova")).usingStyle(SearchStyleEnum.POST).returnBundle(Bundle.class).execute());
      table.call("search by GET at _search" + as, () -> client.search().forResource(Patient.class).where(Patient.NAME.matches().value("Karimova")).usingStyle(SearchStyleEnum.GET_WITH_SEARCH).returnBundle(Bundle.class).execute());
      table.call("search from an offset" + as, () -> client.search().forResource(Patient.class).offset(2).count(2).returnBundle(Bundle.class).execute());
      table.call("search of all types" + as, () -> client.search().byUrl(BASE + "?_type=Patient&_count=1").returnBundle(Bundle.class).execute());
      table.call("search with includes" + as, () -> client.search().forResource(Observation.class).include(Observation.INCLUDE_SUBJECT).count(2).returnBundle(Bundle.class).execute());
      table.call("pages" + as, () -> {
        Bundle page = client.search().forResource(Patient.class).count(20).returnBundle(Bundle.class).execute();
        while (page.getLink(Bundle.LINK_NEXT) != null) page = client.loadPage().next(page).execute();
        return null;
      });
      table.call("history of a resource" + as, () -> client.history().onInstance("Patient/" + id).returnBundle(Bundle.class).execute());
      table.call("history of a type" + as, () -> client.history().onType(Patient.class).returnBundle(Bundle.class).count(2).execute());
      table.call("history of all" + as, () -> client.history().onServer().returnBundle(Bundle.class).count(2).execute());
      table.call("history at times" + as, () -> client.history().onType(Patient.class).returnBundle(Bundle.class).at(new DateRangeParam("2020-01-01", "2100-01-01")).execute());
      table.call("transaction" + as, () -> client.transaction().withBundle(transaction()).execute());
      table.call("transaction of resources without requests" + as, () -> client.transaction().withResources(List.of(patient(), patient())).execute());
      table.call("everything" + as, () -> client.operation().onInstance("Patient/" + id).named("$everything").withNoParameters(Parameters.class).returnResourceType(Bundle.class).execute());
      table.call("everything of all patients" + as, () -> client.operation().onType(Patient.class).named("$everything").withNoParameters(Parameters.class).useHttpGet().returnResourceType(Bundle.class).execute());
      table.call("expand" + as, () -> client.operation().onType(ValueSet.class).named("$expand").withParameter(Parameters.class, "url", new org.hl7.fhir.r5.model.UriType("http://hl7.org/fhir/ValueSet/administrative-gender")).returnResourceType(ValueSet.class).execute());
      table.call("meta-add" + as, () -> client.meta().add().onResource(new IdType("Patient", id)).meta(new Meta().addTag("urn:t", "x", "X")).execute());
      table.call("binary" + as, () -> {
        Binary binary = new Binary();
        binary.setContentType("application/pdf");
        binary.setData(new byte[] {1, 2, 3});
        String at = client.create().resource(binary).execute().getId().getIdPart();
        Table.check(client.read().resource(Binary.class).withId(at).execute().getData().length == 3, "three bytes");
        return null;
      });
      table.call("delete" + as, () -> client.delete().resourceById("Patient", id).execute());
      table.call("delete by criteria" + as, () -> client.delete().resourceConditionalByUrl(criteria).execute());
    }
  }

  /** A client as an interface of one's own, whose methods carry annotations. */
  public interface Records extends IBasicClient {
    @Metadata
    CapabilityStatement metadata();

    @Create
    MethodOutcome create(@ResourceParam Patient patient);

    @Read
    Patient read(@IdParam IdType id);

    @Read(version = true)
    Patient vread(@IdParam IdType id);

    @Update
    MethodOutcome update(@IdParam IdType id, @ResourceParam Patient patient);

    @Delete(type = Patient.class)
    MethodOutcome delete(@IdParam IdType id);

    @History(type = Patient.class)
    Bundle history(@IdParam IdType id);

    @Validate(type = Patient.class)
    MethodOutcome validate(@ResourceParam Patient patient);

    @Search
    List<Patient> byName(@RequiredParam(name = "name") StringParam name, @OptionalParam(name = "gender") TokenParam gender, @Sort SortSpec sort, @Count Integer count);

    @Search(type = Observation.class)
    List<Observation> observations(@RequiredParam(name = "status") TokenParam status, @IncludeParam(allow = "Observation:subject") Set<ca.uhn.fhir.model.api.Include> include);

    @Transaction
    Bundle transaction(@TransactionParam Bundle bundle);
  }

  private static void annotated() {
    FhirContext context = FhirContext.forR5();
    context.getRestfulClientFactory().setServerValidationMode(ServerValidationModeEnum.NEVER);
    Records records = context.newRestfulClient(Records.class, BASE);
    records.registerInterceptor(new BearerTokenAuthInterceptor(token));
    Table table = new Table("ca.uhn.hapi.fhir:hapi-fhir-client", BearerTokenAuthInterceptor.class);
    String as = " (annotated interface)";
    table.call("capabilities" + as, records::metadata);
    MethodOutcome made = table.call("create" + as, () -> records.create(patient()));
    if (made == null) return;
    IdType id = new IdType("Patient", made.getId().getIdPart());
    Patient read = table.call("read" + as, () -> records.read(id));
    table.call("vread" + as, () -> records.vread(id.withVersion("1")));
    table.call("update without a version" + as, () -> records.update(id, read));
    table.call("update" + as, () -> records.update(id.withVersion("1"), read));
    table.call("history" + as, () -> records.history(id));
    table.call("validate" + as, () -> records.validate(patient()));
    table.call("search" + as, () -> records.byName(new StringParam("Karimova"), new TokenParam("female"), new SortSpec("name"), 2));
    table.call("search with includes" + as, () -> records.observations(new TokenParam("final"), Set.of(Observation.INCLUDE_SUBJECT)));
    table.call("transaction" + as, () -> records.transaction(transaction()));
    table.call("delete" + as, () -> records.delete(id));
  }

  /** The client of HL7's own tools. */
  private static void tooling() throws Exception {
    Table table = new Table("ca.uhn.hapi.fhir:org.hl7.fhir.r5", FHIRToolingClient.class);
    FHIRToolingClient client = table.call("open", () -> new FHIRToolingClient(BASE, "clients of others"));
    if (client == null) return;
    client.setClientHeaders(List.of(new HTTPHeader("Authorization", "Bearer " + token)));
    table.call("capabilities", () -> client.getCapabilitiesStatement());
    table.call("capabilities, quick", () -> client.getCapabilitiesStatementQuick());
    table.call("terminology capabilities", () -> client.getTerminologyCapabilities());
    table.call("expand", () -> client.operateType(ValueSet.class, "expand", new Parameters().addParameter("url", new org.hl7.fhir.r5.model.UriType("http://hl7.org/fhir/ValueSet/administrative-gender"))));
    ValueSet set = new ValueSet();
    set.setUrl("urn:clients:set");
    set.setStatus(Enumerations.PublicationStatus.DRAFT);
    set.getCompose().addInclude().setSystem("http://hl7.org/fhir/administrative-gender");
    table.call("expand a value set of its own", () -> client.expandValueset(set, new Parameters()));
    table.call("validate-code", () -> client.operateType(ValueSet.class, "validate-code", new Parameters().addParameter("url", new org.hl7.fhir.r5.model.UriType("http://hl7.org/fhir/ValueSet/administrative-gender")).addParameter("code", new CodeType("male")).addParameter("system", new org.hl7.fhir.r5.model.UriType("http://hl7.org/fhir/administrative-gender"))));
    Map<String, String> code = Map.of("code", "male", "system", "http://hl7.org/fhir/administrative-gender");
    table.call("lookup", () -> client.lookupCode(code));
    Patient patient = patient();
    table.call("validate", () -> client.validate(Patient.class, patient, null));
    String id = "tooling-" + UUID.randomUUID();
    patient.setId(id);
    table.call("update", () -> client.update(Patient.class, patient, id));
    table.call("read", () -> client.read(Patient.class, id));
    table.call("vread", () -> client.vread(Patient.class, id, "1"));
    table.call("transaction", () -> client.transaction(transaction()));
  }
}
