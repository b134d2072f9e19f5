/**
 * The grammar of SMART App Launch scopes for FHIR resources, both generations:
 * `system/Patient.rs?category=x` (v2) and `patient/*.read` (v1).
 * https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */

export type ScopeContext = 'patient' | 'user' | 'system';

/** create, read (also vread and instance history), update (also patch), delete, search (also type history). */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

export interface ResourceScope {
  context: ScopeContext;
  /** A resource type, or `*` for every type. */
  type: string;
  /** Never empty, always in the order c r u d s. */
  permissions: Set<Permission>;
  /** Search parameters that narrow the scope, exactly as written after `?`; absent: not narrowed. */
  query?: string;
}

export interface ParseOptions {
  /** The resource types that exist. If given, a scope for any other type is refused. */
  types?: ReadonlySet<string>;
}

// Longer tokens are refused before a regular expression sees them.
const maxLength = 1024;

// The order of the letters is part of the grammar: `.rs` is a scope and `.sr` is not.
const v2 = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{0,63})\.(c?r?u?d?s?)(?:\?(.*))?$/;
const v1 = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{0,63})\.(read|write|\*)$/;

// One `name=value` or more, in the characters that RFC 6749 3.3 allows in a scope token.
const parameter = String.raw`[A-Za-z0-9_:.-]+=[\x21\x23-\x25\x27-\x5B\x5D-\x7E]+`;
const queryGrammar = new RegExp(`^${parameter}(?:&${parameter})*$`);

const v1Permissions = {
  read: 'rs',
  write: 'cud',
  '*': 'cruds',
} as const;

/**
 * Reads one scope token.
 * @returns undefined when it is not a scope for FHIR resources (`openid`, `launch/patient`, a misspelt one)
 * @example
 * parseScope('patient/Observation.rs')?.type; // 'Observation'
 * parseScope('openid'); // undefined
 */
export function parseScope(token: string, options: ParseOptions = {}): ResourceScope | undefined {
  if (token.length > maxLength) return undefined;
  const match = v1.exec(token) ?? v2.exec(token);
  if (match === null) return undefined;
  const [, context, type, letters, query] = match as unknown as [string, ScopeContext, string, string, string?];
  if (type !== '*' && options.types?.has(type) === false) return undefined;
  if (letters === '' || (query !== undefined && !isQuery(query))) return undefined;
  const spelled = isV1(letters) ? v1Permissions[letters] : letters;
  const permissions = new Set(Array.from(spelled) as Permission[]);
  return { context, type, permissions, ...(query === undefined ? {} : { query }) };
}

/**
 * Writes a scope in the v2 form; v1 forms are converted to their meaning.
 * @example
 * formatScope(parseScope('user/Patient.read')!); // 'user/Patient.rs'
 */
export function formatScope(scope: ResourceScope): string {
  const letters = permissionOrder.filter((permission) => scope.permissions.has(permission)).join('');
  return `${scope.context}/${scope.type}.${letters}${scope.query === undefined ? '' : `?${scope.query}`}`;
}

export const permissionOrder: readonly Permission[] = ['c', 'r', 'u', 'd', 's'];

/** An escape that is not UTF-8 could be decoded to another value elsewhere. */
function isQuery(query: string): boolean {
  if (!queryGrammar.test(query)) return false;
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}

function isV1(letters: string): letters is keyof typeof v1Permissions {
  return Object.hasOwn(v1Permissions, letters);
}

/**
 * A word of a policy beside its scopes: holders of the role may add, change and remove national identifiers of persons in resources of the
 * type, or of all types with `*`. Reading and writing the resource still needs scopes.
 */
const word = /^dhp\.national-identifiers\/(\*|Patient|Practitioner|RelatedPerson|Person)$/;

/** Another such word: holders of the role may read the trail of requests of all patients. As a scope it is for systems. */
export const trailRight = 'dhp.audit';

/**
 * The type, or `*`, of such a word; undefined for any other text.
 * @example
 * identifierTypeOf('dhp.national-identifiers/Patient'); // 'Patient'
 */
export function identifierTypeOf(text: string): string | undefined {
  return word.exec(text)?.[1];
}
