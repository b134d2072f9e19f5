/**
 * Routes that are open to everybody where `openTerminology` is set: the terminology operations that only read, and reads and searches of the
 * resources that define codes and shapes. Nobody's record is among them. Everything else needs a token as ever.
 */
import type { Access } from '../contract/access.ts';
import type { Target } from '../contract/target.ts';
import { accessOf } from '../http/access.ts';

/** Types of the modules Conformance and Terminology of R5. https://hl7.org/fhir/R5/modules.html */
export const openTypes: ReadonlySet<string> = new Set([
  ...['CodeSystem', 'ValueSet', 'ConceptMap', 'NamingSystem', 'TerminologyCapabilities'],
  ...['StructureDefinition', 'ImplementationGuide', 'SearchParameter', 'OperationDefinition'],
  ...['CapabilityStatement', 'CompartmentDefinition', 'StructureMap', 'GraphDefinition', 'MessageDefinition'],
]);

const operations: ReadonlySet<string> = new Set(
  ['lookup', 'validate-code', 'batch-validate-code', 'subsumes', 'expand', 'translate', 'related', 'compare'].map(
    (code) => `$${code}`,
  ),
);

const reads: ReadonlySet<string> = new Set(['read', 'vread', 'search-type']);

/**
 * Whether a request without a token may continue. The form of a search by POST is not read here, since its contents may be kept for page
 * links.
 */
export function isOpen({ route, type, compartment }: Target<unknown>): boolean {
  if (compartment !== undefined || !openTypes.has(type) || route.types?.includes(type) === false) return false;
  if (operations.has(route.interaction)) return route.isSafe === true;
  return route.method === 'GET' && reads.has(route.interaction);
}

/** Whether a request is for published files, which needs no token if they are public. */
export function isPublished({ route: { method, interaction } }: Target<unknown>): boolean {
  return method === 'GET' && (interaction === '$bulk-publish' || interaction === 'published-file');
}

/** The client that callers without a token are, in records and access policies; no client can be registered under it. */
export const anonymousClient = 'urn:dhp:anonymous';

/** The rights of callers without a token: to read and search the open types. @param types the open types */
export function anonymousAccess(types: Iterable<string> = openTypes): Access {
  return accessOf({
    clientId: anonymousClient,
    subject: anonymousClient,
    scope: [...types].map((type) => `system/${type}.rs`).join(' '),
    patient: undefined,
    fhirUser: undefined,
    policies: undefined,
    positions: [],
    identifierTypes: [],
    patientByRoles: false,
    trustsHealthWorkers: false,
    expiresAt: Number.MAX_SAFE_INTEGER,
    token: { issuedAt: 0, subjects: [] },
  });
}
