/** The row of a Consent in `fhir.consent`: what it refuses, in hashes of the index. */
import { readConsent, type Actors, type Criteria, type Data, type Refusal } from '@dhp/consent';
import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { consentHash, consentVerbs, undecidedActors } from '@dhp/search-index/consents';
import { anyReference, hash64, keyOf, referenceSeed, seedOf } from '@dhp/search-index/keys';
import { ownHash } from '../own-hash.ts';
import type { ConsentRow } from '../statements/consents.ts';

/** Grows with what the rows say: those of an earlier definition are made anew. */
export const consentDefinition = 2;

export interface ConsentRowOptions {
  readonly timeZone: string;
  readonly ownBases: readonly string[];
}

const nothing: Omit<ConsentRow, 'own'> = {
  ...{ pat: null, national: false, dated: 0, since: null, until: null, whole: 0, refuses: null, grantees: null },
};

/**
 * Returns the row of a version of a Consent.
 * @param resource undefined: it is deleted
 * @param upd when it was stored, ms since 1970: stands for a date that it does not have
 */
export function consentRow(
  id: string,
  resource: JsonResource | undefined,
  upd: number,
  options: ConsentRowOptions,
): ConsentRow {
  const own = ownHash('Consent', id);
  const read = resource === undefined ? undefined : readConsent(resource, options);
  if (read === undefined) return { own, ...nothing };
  const parts = read.refusals.filter((refusal) => !isWhole(refusal));
  return {
    own,
    pat: String(hash64(`Patient/${read.patient}`)),
    national: read.national,
    dated: read.dated ?? upd,
    since: finite(read.since),
    until: finite(read.until),
    whole: read.refusals.filter(isWhole).reduce((verbs, { all }) => verbs | verbsRefusedBy(all), 0),
    refuses:
      parts.length === 0 ? null : parts.map(({ all, except }) => ({ all: all.map(part), except: except.map(part) })),
    grantees: read.grantees.length === 0 ? null : read.grantees.map((each) => String(consentHash.actor(each))),
  };
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}

/** Whether it refuses the whole record, to everyone and at all times. */
function isWhole({ all, except }: Refusal): boolean {
  return except.length === 0 && all.every(isOpen);
}

function isOpen({ since, until, actors, purposes, data }: Criteria): boolean {
  return (
    since === -Infinity && until === Infinity && actors === undefined && purposes === undefined && data.length === 0
  );
}

/** Nobody writes what reading is refused of. */
function verbsRefusedBy(all: readonly Criteria[]): number {
  return all.every(({ actions }) => actions === undefined || actions.includes('read'))
    ? consentVerbs.read | consentVerbs.write
    : consentVerbs.write;
}

/** Criteria as `fhir.consent_holds` reads them. */
function part({ since, until, actions, actors, purposes, data, understood }: Criteria): object {
  return {
    ...(!understood && { x: 1 }),
    ...(since !== -Infinity && { s: since }),
    ...(until !== Infinity && { u: until }),
    ...(actions !== undefined && { v: actions.reduce((verbs, action) => verbs | consentVerbs[action], 0) }),
    ...(actors !== undefined && { a: hashesOf(actors), w: undecided(actors) }),
    ...(purposes !== undefined && { p: purposes.map((code) => String(consentHash.purpose(code))) }),
    ...(data.length > 0 && { d: data.map(dataPart) }),
  };
}

function hashesOf({ references, clients }: Actors): string[] {
  const ofClients = clients.map((id) => String(consentHash.client(id)));
  return [...references.map((each) => String(consentHash.actor(each))), ...ofClients];
}

const persons = /^(Practitioner|Patient|RelatedPerson|Device)\//;

/** Kinds of actors among whom a caller may be, and nobody knows. */
function undecided({ references, others }: Actors): number {
  const unsure = references.filter((each) => !persons.test(each));
  const isOther = others || unsure.some((each) => !each.startsWith('Organization/'));
  const isOrganization = unsure.some((each) => each.startsWith('Organization/'));
  return (isOther ? undecidedActors.others : 0) | (isOrganization ? undecidedActors.organizations : 0);
}

/** Parameters in which a code of the resource stands, by what provisions ask for. */
const codeParameters = {
  code: ['code', 'category', 'type', 'vaccine-code', 'vaccine-type', 'reason-code', 'procedure-code', 'class'],
  label: ['_security'],
  document: ['type'],
} as const;
const documentTypes: ReadonlySet<string> = new Set(['DocumentReference', 'Composition']);
const authorParameters = ['author', 'performer', 'recorder', 'asserter', 'requester', 'source', 'sender', 'informant'];

function dataPart(data: Data): object {
  switch (data.kind) {
    case 'type':
      return { t: data.any.flatMap((type) => typeNumber(type) ?? []) };
    case 'code':
    case 'label':
    case 'document': {
      const seeds = seedsOf(codeParameters[data.kind], 'token', data.kind === 'document' ? documentTypes : undefined);
      const keys = data.any.flatMap((coding) => seeds.map((seed) => String(keyOf(seed, withoutEmptySystem(coding)))));
      return { k: keys, o: [], ...(data.kind === 'label' && labelNames(data.any)) };
    }
    case 'date':
      return { l: finite(data.since), h: finite(data.until) };
    case 'reference':
      return referencePart(data);
  }
}

/** Labels as those have them that the server finds: with their systems, and those of whatever system. */
function labelNames(codings: readonly string[]): { readonly n: string[]; readonly c: string[] } {
  return {
    n: codings.filter((coding) => !coding.startsWith('|')),
    c: codings.filter((coding) => coding.startsWith('|')).map((coding) => coding.slice(1)),
  };
}

/** A coding without a system is found whatever the system is. */
function withoutEmptySystem(coding: string): string {
  return coding.startsWith('|') ? coding.slice(1) : coding;
}

function referencePart({ any }: Extract<Data, { kind: 'reference' }>): object {
  const keys: bigint[] = [];
  const own: bigint[] = [];
  for (const { as, reference } of any) {
    const hash = hash64(reference);
    if (as === 'own') own.push(hash);
    if (as === 'referring') keys.push(anyReference ^ hash);
    if (as === 'author') for (const seed of seedsOf(authorParameters, 'reference')) keys.push(seed ^ hash);
  }
  const isSure = any.every(({ as }) => as !== 'referred');
  return { k: keys.map(String), o: own.map(String), ...(!isSure && { x: 1 }) };
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
