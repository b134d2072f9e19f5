/** One provision of a Consent as criteria. https://hl7.org/fhir/R5/consent-definitions.html#Consent.provision */
import type { Action, Actors, Criteria, Data } from './refusals.ts';
import { coversOf, localReference, objectOf, objectsOf, type ConsentMeans, type Json } from './values.ts';

export interface Provision {
  readonly criteria: Criteria;
  readonly nested: readonly Provision[];
}

/** Elements that are evaluated. Any other element may narrow the provision. */
const understood = new Set(
  ['id', 'period', 'actor', 'action', 'securityLabel', 'purpose', 'documentType'].concat(
    ...['resourceType', 'code', 'dataPeriod', 'data', 'provision'],
  ),
);

const actions: ReadonlyMap<string, readonly Action[]> = new Map(
  Object.entries<readonly Action[]>({
    collect: ['write'],
    correct: ['write'],
    access: ['read'],
    use: ['read'],
    disclose: ['read'],
  }),
);

/** Roles of recipients of data. Another role, such as that of a custodian, does not describe the caller. */
const recipients = new Set(['IRCP', 'PRCP', 'RCV', 'NOT']);

const clientSystem = 'urn:dhp:sso:client';

export function readProvision(provision: Json, means: ConsentMeans): Provision {
  const done = actionsOf(provision['action']);
  const data = dataOf(provision, means);
  const { since, until, isRead } = coversOf(provision['period'], means);
  const isKnown =
    Object.keys(provision).every((name) => understood.has(name)) &&
    isRead &&
    coversOf(provision['dataPeriod'], means).isRead;
  return {
    criteria: {
      ...{ since, until },
      actions: done.actions,
      actors: actorsOf(provision['actor'], means),
      purposes: codes(provision['purpose']),
      data: data.flatMap((each) => each ?? []),
      understood: isKnown && done.understood && !data.includes(undefined),
    },
    nested: objectsOf(provision['provision']).map((each) => readProvision(each, means)),
  };
}

/** Codes of a list of Codings; undefined for an empty one. */
function codes(value: unknown): string[] | undefined {
  const given = objectsOf(value);
  return given.length === 0 ? undefined : given.map(({ code }) => (typeof code === 'string' ? code : ''));
}

function actionsOf(value: unknown): { readonly actions: readonly Action[] | undefined; readonly understood: boolean } {
  const given = objectsOf(value);
  if (given.length === 0) return { actions: undefined, understood: true };
  const named = given.map((concept) =>
    objectsOf(concept['coding']).flatMap(({ code }) => actions.get(String(code)) ?? []),
  );
  // An action in other words may be any.
  if (named.some(({ length }) => length === 0)) return { actions: undefined, understood: false };
  return { actions: [...new Set(named.flat())], understood: true };
}

function actorsOf(value: unknown, means: ConsentMeans): Actors | undefined {
  const given = objectsOf(value);
  if (given.length === 0) return undefined;
  const references: string[] = [];
  const clients: string[] = [];
  const pairs: { client: string; reference: string }[] = [];
  let others = false;
  for (const { role, reference } of given) {
    const roles = objectsOf(objectOf(role)['coding']).map(({ code }) => String(code));
    const { system, value: id } = objectOf(objectOf(reference)['identifier']);
    const local = localReference(reference, means);
    const client = system === clientSystem && typeof id === 'string' ? id : undefined;
    if (role !== undefined && !roles.some((code) => recipients.has(code))) others = true;
    else if (client !== undefined && local !== undefined) pairs.push({ client, reference: local });
    else if (client !== undefined && objectOf(reference)['reference'] === undefined) clients.push(client);
    else if (client === undefined && local !== undefined) references.push(local);
    else others = true;
  }
  return { references, clients, pairs, others };
}

/** Undefined for a part that is not understood. */
function dataOf(provision: Json, means: ConsentMeans): (Data | undefined)[] {
  const data: (Data | undefined)[] = [];
  const types = codes(provision['resourceType']);
  if (types !== undefined) data.push({ kind: 'type', any: types });
  const codings: readonly (readonly ['code' | 'label' | 'document', readonly Json[]])[] = [
    ['code', objectsOf(provision['code']).flatMap(({ coding, ...rest }) => codingsOf(coding, rest))],
    ['label', objectsOf(provision['securityLabel'])],
    ['document', objectsOf(provision['documentType'])],
  ];
  for (const [kind, given] of codings) if (given.length > 0) data.push(codingData(kind, given));
  if (provision['dataPeriod'] !== undefined) {
    const { since, until } = coversOf(provision['dataPeriod'], means);
    data.push({ kind: 'date', since, until });
  }
  const references = objectsOf(provision['data']);
  if (references.length > 0) data.push(referenceData(references, means));
  return data;
}

/** A concept with only a text cannot be compared. */
function codingsOf(coding: unknown, rest: Json): Json[] {
  const given = objectsOf(coding);
  return given.length === 0 ? [rest] : given;
}

function codingData(kind: 'code' | 'label' | 'document', given: readonly Json[]): Data | undefined {
  const any = given.map(({ system, code }) =>
    typeof code === 'string' ? `${typeof system === 'string' ? system : ''}|${code}` : undefined,
  );
  return any.every((each) => each !== undefined) ? { kind, any } : undefined;
}

const meanings: ReadonlyMap<string, readonly ('own' | 'referring' | 'referred' | 'author')[]> = new Map(
  Object.entries<readonly ('own' | 'referring' | 'referred' | 'author')[]>({
    instance: ['own'],
    related: ['own', 'referred'],
    dependents: ['own', 'referring'],
    authoredby: ['author'],
  }),
);

function referenceData(given: readonly Json[], means: ConsentMeans): Data | undefined {
  const any = given.map(({ meaning, reference: to }) => {
    const reference = localReference(to, means);
    const ways = meanings.get(String(meaning));
    return reference === undefined || ways === undefined ? undefined : ways.map((as) => ({ as, reference }));
  });
  return any.every((each) => each !== undefined) ? { kind: 'reference', any: any.flat() } : undefined;
}
