/** The words of a provision: hashes of its actors, and the index keys by which its data is found. */
import type { Actors, Data } from '@dhp/consent';
import { resourceTypes } from '@dhp/fhir-model';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { consentHash, undecidedActors } from '@dhp/search-index/consents';
import { anyReference, hash64, keyOf, referenceSeed, seedOf } from '@dhp/search-index/keys';

/**
 * Returns the actors of a provision in the form for a refusal: a pair of a client and a reference counts as each of the two; or in the form
 * for a permission.
 */
export function actorsAs({ references, clients, pairs, others }: Actors, { excepts }: { excepts: boolean }): Actors {
  if (excepts) return { references, clients, pairs, others };
  const of = { references: pairs.map(({ reference }) => reference), clients: pairs.map(({ client }) => client) };
  return { references: [...references, ...of.references], clients: [...clients, ...of.clients], pairs: [], others };
}

export function actorWords({ references, clients, pairs }: Actors): string[] {
  return [
    ...references.map(consentHash.actor),
    ...clients.map(consentHash.client),
    ...pairs.map(({ client, reference }) => consentHash.pair(client, reference)),
  ].map(String);
}

/** Hashes of the references that have members: roles, teams and groups. */
export function groupHashes({ references }: Actors): string[] {
  return references.filter((each) => hasMembers.test(each)).map((each) => String(hash64(each)));
}

const hasMembers = /^(PractitionerRole|CareTeam|Group)\//;
const persons = /^(Practitioner|Patient|RelatedPerson|Device)\//;

/** Kinds of actors for which it may be unknown whether the caller is one. */
export function undecided({ references, others }: Actors): number {
  return references.map(kindOf).reduce((kinds, kind) => kinds | kind, others ? undecidedActors.others : 0);
}

function kindOf(reference: string): number {
  if (persons.test(reference)) return 0;
  if (reference.startsWith('Organization/')) return undecidedActors.organizations;
  return hasMembers.test(reference) ? undecidedActors.members : undecidedActors.others;
}

/** Parameters that hold a code of the resource, by the kind of data of provisions. */
const codeParameters = {
  code: ['code', 'category', 'type', 'vaccine-code', 'vaccine-type', 'reason-code', 'procedure-code', 'class'],
  label: ['_security'],
  document: ['type'],
} as const;
const documentTypes: ReadonlySet<string> = new Set(['DocumentReference', 'Composition']);
const authorParameters = ['author', 'performer', 'recorder', 'asserter', 'requester', 'source', 'sender', 'informant'];

export type CodingData = Extract<Data, { kind: 'code' | 'label' | 'document' }>;

/** Keys of resources that have one of the codings. */
export function codingKeys({ kind, any }: CodingData): string[] {
  const seeds = seedsOf(codeParameters[kind], 'token', kind === 'document' ? documentTypes : undefined);
  return any.flatMap((coding) => seeds.map((seed) => String(keyOf(seed, withoutEmptySystem(coding)))));
}

/** A coding without a system is found whatever the system is. */
function withoutEmptySystem(coding: string): string {
  return coding.startsWith('|') ? coding.slice(1) : coding;
}

/** Labels in the form of labels that the server finds: with their systems, and codes of any system. */
export function labelNames(codings: readonly string[]): { readonly full: string[]; readonly codes: string[] } {
  return {
    full: codings.filter((coding) => !coding.startsWith('|')),
    codes: codings.filter((coding) => coding.startsWith('|')).map((coding) => coding.slice(1)),
  };
}

/**
 * Keys of the resources that a provision names by reference, hashes of those that it names directly, and whether a resource alone decides
 * it.
 */
export function referenceWords({ any }: Extract<Data, { kind: 'reference' }>): {
  readonly keys: string[];
  readonly owns: string[];
  readonly isSure: boolean;
} {
  const keys: bigint[] = [];
  const owns: bigint[] = [];
  for (const { as, reference } of any) {
    const hash = hash64(reference);
    if (as === 'own') owns.push(hash);
    if (as === 'referring') keys.push(anyReference ^ hash);
    if (as === 'author') for (const seed of seedsOf(authorParameters, 'reference')) keys.push(seed ^ hash);
  }
  return { keys: keys.map(String), owns: owns.map(String), isSure: any.every(({ as }) => as !== 'referred') };
}

/** Seeds of parameters of all types, or of some. */
function seedsOf(names: readonly string[], kind: 'token' | 'reference', types?: ReadonlySet<string>): bigint[] {
  return resourceTypes.flatMap((type) => {
    if (types?.has(type) === false) return [];
    const parameters = searchParametersOf(type);
    return names.flatMap((name) => {
      const parameter = parameters.get(name);
      if (parameter?.type !== kind) return [];
      return kind === 'reference' ? referenceSeed(type, parameter.rows) : seedOf(type, parameter.rows);
    });
  });
}
