/** Random requests that change something: by id and by criteria, singly and in Bundles. */
import type { FurtherOf } from './further-writes.ts';
import type { Asked } from './side.ts';
import { interference, oneOf, patients, randomOf, types, type Random, type Resource } from './world.ts';

/** Changes the usual world for a setting. */
export type ChangedWorld = (random: Random, everything: readonly Resource[]) => Resource[];

export interface Requests {
  readonly everything: readonly Resource[];
  readonly asked: (seen: readonly Resource[]) => Asked;
  /** Returns a resource of a type as a client may send it. */
  readonly sentOf: (type: string, id?: string) => Record<string, unknown>;
}

/** About a version that is created: the server sets the target. */
const provenance = JSON.stringify({
  resourceType: 'Provenance',
  recorded: '2024-05-01T00:00:00Z',
  agent: [{ who: { reference: 'Practitioner/d' } }],
});

/** Returns the requests of a seed, one after another. @param further makes every second one */
export function requestsOf(seed: number, changed: ChangedWorld, further?: (of: FurtherOf) => Asked): Requests {
  const random = randomOf(seed);
  const one = oneOf(random);
  const { everything: world, question, criterionOf } = interference(random);
  const everything = changed(randomOf(seed), world);
  /** A Consent that the caller may change is visible, and another one would reveal what was hidden. */
  const isAsked = ({ resourceType }: Resource): boolean => resourceType !== 'Consent';
  const all = everything.filter(isAsked);
  let count = 0;
  function sentOf(type: string, id?: string): Record<string, unknown> {
    const kept = one(everything.filter(({ resourceType }) => resourceType === type));
    const tag = [{ system: 'urn:t', code: one(['ours', 'theirs']) }];
    const subject = { reference: `Patient/${one(patients)}` };
    const { id: _, ...rest } = kept;
    const isOfSeveral = type === 'List' || type === 'Composition';
    const about = isOfSeveral ? { subject: [subject] } : type === 'Patient' ? {} : { subject };
    return { ...rest, ...about, meta: { tag }, language: one(['uz', 'ru', 'en']), ...(id !== undefined && { id }) };
  }

  const fresh = (): string => `n${String((count += 1))}`;
  function asked(seen: readonly Resource[], inBundle = false): Asked {
    if (further !== undefined && !inBundle && random(2) === 0)
      return further({ random, all, seen, criterionOf, sentOf, fresh });
    const type = one(types);
    const any = nameOf(one(all));
    const headers = one<Record<string, string>>([{}, {}, { 'if-match': one(['W/"1"', 'W/"2"', 'W/"9"']) }]);
    const patch = [{ op: 'add', path: '/language', value: one(['uz', 'ru']) }];
    switch (random(inBundle ? 9 : 12)) {
      case 0:
        return {
          method: 'POST',
          path: `/${type}`,
          body: sentOf(type),
          headers: one<Record<string, string>>([{}, {}, {}, { 'x-provenance': provenance }]),
        };
      case 1: {
        const { resourceType, id } = one(seen.filter(isAsked));
        return { method: 'PUT', path: `/${resourceType}/${id}`, body: sentOf(resourceType, id), headers };
      }
      case 2:
        count += 1;
        return { method: 'PUT', path: `/${type}/n${String(count)}`, body: sentOf(type, `n${String(count)}`) };
      case 3: {
        // Nearly everything refers to a patient.
        const cascades = random(6) === 0 && !any.startsWith('/Patient/');
        return { method: 'DELETE', path: cascades ? `${any}?_cascade=delete` : any, headers };
      }
      case 4:
        return {
          method: 'POST',
          path: `/${type}`,
          body: sentOf(type),
          headers: { 'if-none-exist': criterionOf(type) },
        };
      case 5:
        return { method: 'PUT', path: `/${type}?${criterionOf(type)}`, body: sentOf(type) };
      case 6:
        return { method: 'DELETE', path: `/${type}?${criterionOf(type)}` };
      case 7:
        return {
          method: 'GET',
          path: any,
          headers: one([{}, { 'if-none-match': 'W/"1"' }, { 'if-none-match': '*' }]),
        };
      case 8:
        return { method: 'GET', path: `${any}/_history/${one(['1', '2'])}` };
      case 9:
        return { method: 'PATCH', path: one([any, `/${type}?${criterionOf(type)}`]), body: patch, headers };
      case 10:
        return bundle(seen);
      default:
        return { method: 'GET', path: question() };
    }
  }

  /**
   * The entries of a batch run concurrently, so two writes of it would race: a batch has only one write. Entries of a transaction are
   * ordered.
   */
  function bundle(seen: readonly Resource[]): Asked {
    const type = one(['batch', 'transaction']);
    let entries = Array.from({ length: 1 + random(3) }, () => asked(seen, true));
    const first = entries.find(({ method }) => method !== 'GET');
    if (type === 'batch') entries = entries.filter((each) => each.method === 'GET' || each === first);
    return { method: 'POST', path: '/', body: { resourceType: 'Bundle', type, entry: entries.map(entryOf) } };
  }

  return { everything, asked, sentOf };
}

function entryOf({ method, path, body, headers = {} }: Asked): object {
  const conditions = {
    ...(headers['if-match'] !== undefined && { ifMatch: headers['if-match'] }),
    ...(headers['if-none-exist'] !== undefined && { ifNoneExist: headers['if-none-exist'] }),
    ...(headers['if-none-match'] !== undefined && { ifNoneMatch: headers['if-none-match'] }),
  };
  return {
    request: { method, url: path.slice(1), ...conditions },
    ...(body !== undefined && { resource: body }),
  };
}

/** The address of a resource below the base. */
function nameOf({ resourceType, id }: Resource): string {
  return `/${resourceType}/${id}`;
}
