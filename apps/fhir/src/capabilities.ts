import { languages } from '@dhp/negotiation';
import packageJson from '../package.json' with { type: 'json' };
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { cohortProfile } from './cohort/member-filter.ts';
import { recordTypes } from './access/patient-access.ts';
import type { DeclaredGuides } from './declared-guides.ts';
import { patchTypes } from './http/content-type.ts';
import { definitionUrl } from './operations/definitions.ts';
import { isOn, type Operation } from './operations/operation.ts';
import { operations, operationsAt } from './operations/operations.ts';
import { keepsReferences, type FhirOptions } from './options.ts';
import { software } from './software.ts';
import type { Route } from './contract/route.ts';
import { declaredSearches, declaredSystemSearch } from './search/declared-search.ts';
import { socketUrl } from './subscriptions/upgrades.ts';

/**
 * The CapabilityStatement of this server (https://hl7.org/fhir/R5/capabilitystatement.html), made from the route table: an
 * interaction is declared when, and only when, there is a route for it.
 * @param own the search parameters of the environment, of which those that are ready are declared, too
 * @param guides the guides that are stored, and their profiles
 */
export function capabilityStatement(
  options: FhirOptions,
  routes: readonly Route[],
  types: readonly string[],
  date: string,
  own?: OwnParameters,
  guides: DeclaredGuides = noGuides,
): object {
  const served = interactionsOf(routes);
  const searches = served.has('search-type') ? declaredSearches(types, own) : undefined;
  const { documentation, searchParam, compartment } = declaredSystemSearch(types, options.timeZone);
  return {
    resourceType: 'CapabilityStatement',
    extension: [...(served.has('$expand') ? features : []), viewsAt(options.baseUrl)],
    url: `${options.baseUrl}/metadata`,
    version: packageJson.version,
    name: 'DigitalHealthPlatform',
    title: `Digital Health Platform, FHIR R5, ${options.environment}`,
    status: 'active',
    experimental: options.environment === 'playground',
    date,
    kind: 'instance',
    ...instantiated(served),
    software,
    implementation: { description: `Digital Health Platform, ${options.environment}`, url: options.baseUrl },
    fhirVersion: '5.0.0',
    format: ['json', 'application/fhir+json', 'xml', 'application/fhir+xml'],
    ...(serves(routes, 'patch') ? { patchFormat: [...patchTypes] } : {}),
    acceptLanguage: [...languages],
    ...(guides.implementationGuide.length > 0 && { implementationGuide: guides.implementationGuide }),
    rest: [
      {
        mode: 'server',
        ...(options.subscriptions !== undefined && { extension: [websocketAt(options.baseUrl)] }),
        documentation,
        security: security(options),
        resource: types.map((type) =>
          resource(type, routes, options, {
            search: searches?.get(type),
            supportedProfile: profilesOf(type, served, guides),
          }),
        ),
        interaction: systemInteractions.filter((code) => served.has(code)).map((code) => ({ code })),
        ...(served.has('search-system') ? { searchParam } : {}),
        operation: declaredOperations(operationsAt('system', ''), routes, options.baseUrl),
        ...(served.has('search-compartment') ? { compartment } : {}),
      },
    ],
  };
}

/** Where websockets are opened. http://hl7.org/fhir/extensions/StructureDefinition-capabilitystatement-websocket.html */
function websocketAt(baseUrl: string): object {
  return { url: 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket', valueUri: socketUrl(baseUrl) };
}

const noGuides: DeclaredGuides = { implementationGuide: [], supportedProfiles: new Map() };

/** Profiles that the server acts by, beside those of the stored guides. */
function profilesOf(
  type: string,
  served: ReadonlySet<string>,
  { supportedProfiles }: DeclaredGuides,
): readonly string[] | undefined {
  const stored = supportedProfiles.get(type);
  return type === 'Group' && served.has('$export') ? [...new Set([...(stored ?? []), cohortProfile])].sort() : stored;
}

function instantiated(served: ReadonlySet<string>): { instantiates?: string[] } {
  const all = [...(served.has('$expand') ? [terminologyServer] : []), ...(served.has('$export') ? [bulkData] : [])];
  return all.length === 0 ? {} : { instantiates: all };
}

/** https://hl7.org/fhir/uv/bulkdata/STU2/CapabilityStatement-bulk-data.html */
const bulkData = 'http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data';
/** Definition of a terminology service: https://hl7.org/fhir/R5/capabilitystatement-terminology-server.html */
const terminologyServer = 'http://hl7.org/fhir/CapabilityStatement/terminology-server';

/** The version of HL7's terminology tests that the server is put to, and that it takes code systems with a request. https://hl7.org/fhir/uv/tx-ecosystem */
const features = [
  feature('http://hl7.org/fhir/uv/tx-tests/FeatureDefinition/test-version', { valueCode: '1.9.0' }),
  feature('http://hl7.org/fhir/uv/tx-ecosystem/FeatureDefinition/CodeSystemAsParameter', { valueBoolean: true }),
];

/**
 * Where ViewDefinitions are stored. `rest.resource.type` is bound to the types of R5, so that an entry for them would make the statement invalid.
 * docs/decisions/0161-stored-view-definitions.md
 */
function viewsAt(baseUrl: string): object {
  return feature('urn:dhp:feature:view-definitions', { valueUri: `${baseUrl}/ViewDefinition` });
}

function feature(definition: string, value: object): object {
  return {
    url: 'http://hl7.org/fhir/uv/application-feature/StructureDefinition/feature',
    extension: [
      { url: 'definition', valueCanonical: definition },
      { url: 'value', ...value },
    ],
  };
}

function serves(routes: readonly Route[], interaction: string): boolean {
  return routes.some((route) => route.interaction === interaction);
}

/** R5's system-restful-interaction. */
const systemInteractions = ['transaction', 'batch', 'search-system', 'history-system'];

function interactionsOf(routes: readonly Route[]): ReadonlySet<string> {
  return new Set(routes.flatMap(({ interaction }) => interaction.split('/')));
}

/** Interactions of R5's type-restful-interaction, in the order of the specification. */
const typeInteractions = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
];

function resource(
  type: string,
  routes: readonly Route[],
  options: FhirOptions,
  { search, supportedProfile }: { search: object | undefined; supportedProfile: readonly string[] | undefined },
): object {
  const { requireIfMatch, baseUrl } = options;
  const served = interactionsOf(routes);
  // An update of a record of a past event is a create with an id chosen by the client.
  const isKept = recordTypes.has(type);
  const caveat = caveats(options)[type];
  return {
    type,
    ...(supportedProfile !== undefined && { supportedProfile }),
    ...(caveat !== undefined && { documentation: caveat }),
    interaction: typeInteractions
      .filter((code) => served.has(code) && !(isKept && (code === 'patch' || code === 'delete')))
      .map((code) => ({ code })),
    versioning: requireIfMatch ? 'versioned-update' : 'versioned',
    readHistory: served.has('vread'),
    updateCreate: served.has('update'),
    conditionalCreate: routes.some(
      (each) => each.interaction === 'create' && each.conditions.includes('if-none-exist'),
    ),
    conditionalRead: 'full-support',
    conditionalUpdate: served.has('conditional-update') && !isKept,
    conditionalPatch: served.has('conditional-patch') && !isKept,
    conditionalDelete: served.has('conditional-delete') && !isKept ? 'multiple' : 'not-supported',
    ...search,
    referencePolicy: ['literal', 'logical', ...(keepsReferences(options) ? ['enforced'] : [])],
    operation: declaredOperations(
      operations.filter(
        (each) => isOn(each, type) && each.levels.some((level) => level !== 'system') && !(isKept && each.affectsState),
      ),
      routes,
      baseUrl,
    ),
  };
}

/** Types that are stored but have no effect, or not the whole of it, with a sentence that says so. */
function caveats({ consents = 'record', subscriptions }: FhirOptions): Readonly<Record<string, string>> {
  return {
    Subscription:
      subscriptions !== undefined
        ? `Served by topic on the channels rest-hook, websocket (bound by $get-ws-binding-token)${subscriptions.mails === undefined ? '' : ', email (empty, confirmed by its recipient)'}, and events of urn:dhp:subscription-channel, of which $events tells. Clients write the status requested or off; the server alone active and error.`
        : 'This server sends no notifications. A Subscription is stored with the status off or entered-in-error only; any other one is refused (422).',
    SubscriptionTopic:
      subscriptions !== undefined
        ? 'Checked when it is active, and tried by $try. Events of eventTrigger are reported by $report-event. One without triggers takes those of the topics in derivedFrom.'
        : 'Checked when it is active, and tried by $try: this server sends no notifications.',
    Consent:
      consents === 'refuse'
        ? 'Consents are not enforced, and writes of them are refused (422).'
        : 'Consents are recorded, and not enforced: access to data does not depend on them. Each write is answered with a warning.',
  };
}

function declaredOperations(own: readonly Operation[], routes: readonly Route[], baseUrl: string): object[] {
  return own
    .filter(({ code }) => serves(routes, `$${code}`))
    .map((each) => ({
      name: each.code,
      definition: each.isOfGuide === true ? each.base : definitionUrl(baseUrl, each),
    }));
}

const securityService = 'http://terminology.hl7.org/CodeSystem/restful-security-service';
/** https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html, for clients that do not read smart-configuration. */
const oauthUris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

function security({ ssoEndpoints, corsOrigins = [] }: FhirOptions): object {
  const uris = Object.entries({
    token: ssoEndpoints.token,
    authorize: ssoEndpoints.authorize,
    introspect: ssoEndpoints.introspect,
    revoke: ssoEndpoints.revoke,
    register: ssoEndpoints.register,
  }).flatMap(([url, valueUri]) => (valueUri === undefined ? [] : [{ url, valueUri }]));
  return {
    extension: [{ url: oauthUris, extension: uris }],
    cors: corsOrigins.length > 0,
    service: [
      { coding: [{ system: securityService, code: 'SMART-on-FHIR', display: 'SMART-on-FHIR' }], text: 'SMART on FHIR' },
      {
        coding: [{ system: securityService, code: 'OAuth', display: 'OAuth' }],
        text: 'OAuth 2.0 bearer tokens of the SSO',
      },
    ],
    description:
      'Every request but those for this statement, the SMART configuration and the health of the server needs an access token ' +
      'of the SSO in the header "Authorization: Bearer …". The token is bound to this environment (its aud is the base URL) and ' +
      'carries SMART v2 scopes such as system/Patient.rs.',
  };
}
