/**
 * A world in which a caller sees every resource but not every element, on two servers: one with everything, and one whose resources never
 * had the hidden elements. Both have the same policies, so all answers must be the same, byte for byte.
 */
import assert from 'node:assert/strict';
import type { PolicyRule, PolicySet } from '@dhp/access-policies';
import { startServer, type Reply, type TestServer } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { put } from '../searches.ts';
import { interference, oneOf, patients, randomOf, types, type Random, type Resource } from './world.ts';
import { requireSame, Side, worldTime, type Asked, type OnAnswer } from './side.ts';

type Hidden = Readonly<Record<string, readonly string[]>>;

/** The elements that each caller does not see, by type, as members of JSON begin; with any of them the narrative. */
export const blinded: Readonly<Record<string, Hidden>> = {
  'a client that sees no values, dates and parts': {
    ...{ Observation: ['value', 'hasMember', 'effective'], Patient: ['birthDate', 'generalPractitioner'] },
    ...{ Encounter: ['partOf'], List: ['entry'] },
  },
  'a client that sees nobody': {
    Observation: ['subject', 'note'],
    Encounter: ['subject'],
    List: ['subject'],
    Patient: ['name'],
  },
  'a client that sees nothing contained': {
    Observation: ['contained', 'focus', 'performer'],
    Patient: ['link', 'contact'],
  },
};

function policiesOf(hidden: Hidden): PolicySet {
  const rules = Object.entries(hidden).map(([type, hide]): PolicyRule => ({
    ...{ name: `hides-of-${type}`, effect: 'limit', who: { client: ['blinded'] }, types: [type], interactions: [] },
    hide,
  }));
  return { others: 'as-scoped', rules };
}

/** Returns a resource as on the server without hidden elements, computed independently. */
export function withoutThem(resource: Record<string, unknown>, hidden: Hidden): Record<string, unknown> {
  const names = hidden[String(resource['resourceType'])] ?? [];
  const isHidden = (member: string): boolean =>
    names.length > 0 &&
    [...names, 'text'].some((name) => {
      const rest = member.replace(/^_/, '');
      // `value` is also valueQuantity, and not valueset.
      return rest === name || (rest.startsWith(name) && /^[A-Z]/.test(rest.slice(name.length)) && name !== 'text');
    });
  return Object.fromEntries(
    Object.entries(resource).flatMap(([member, value]): [string, unknown][] => {
      if (isHidden(member)) return [];
      const inner = (each: unknown): unknown => withoutThem(each as Record<string, unknown>, hidden);
      if (member === 'contained') return [[member, (value as unknown[]).map(inner)]];
      if (member !== 'entry' || resource['resourceType'] !== 'Bundle') return [[member, value]];
      const entries = (value as Record<string, unknown>[]).map((each) =>
        each['resource'] === undefined ? each : { ...each, resource: inner(each['resource']) },
      );
      return [[member, entries]];
    }),
  );
}

/** More of each resource of the world: narratives, resources that are contained, siblings of primitives, references of several elements. */
function enriched(everything: readonly Resource[], random: Random): Resource[] {
  const one = oneOf(random);
  const said = (): object => ({
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">secret${String(random(9))}</div>` },
  });
  const patient = (): string => `Patient/${one(patients)}`;
  return everything.map((resource) => {
    const { resourceType } = resource;
    const { id, ...rest } = resource;
    const base = { resourceType, id, ...(random(2) === 0 && said()) };
    const inner = {
      ...{
        resourceType: 'Patient',
        id: 'in',
        birthDate: `19${String(10 + random(80))}-01-01`,
        name: [{ text: 'Inner' }],
      },
      ...(random(2) === 0 && said()),
    };
    switch (resourceType) {
      case 'Patient':
        return {
          ...{ ...base, ...rest, _birthDate: { extension: [{ url: 'urn:x', valueString: one(['a', 'b']) }] } },
          ...(id !== 'a' && random(2) === 0 && { link: [{ other: { reference: 'Patient/a' }, type: 'seealso' }] }),
          contact: [{ name: { text: one(['Otabek', 'Nodira']) } }],
        };
      case 'Observation':
        return {
          ...{ ...base, ...(random(3) === 0 && { contained: [inner], focus: [{ reference: '#in' }] }), ...rest },
          ...(random(3) === 0 && { valueQuantity: undefined, valueString: one(['high', 'low']) }),
          ...(random(2) === 0 && { performer: [{ reference: one(['Practitioner/d', patient()]) }] }),
          note: [{ text: one(['fine', 'bad']), authorReference: { reference: patient() } }],
        };
      case 'Encounter':
        return {
          ...{ ...base, ...rest },
          ...(random(2) === 0 && { participant: [{ actor: { reference: 'Practitioner/d' } }] }),
        };
      default:
        return { ...base, ...rest };
    }
  });
}

export interface ElementRun {
  readonly statuses: ReadonlyMap<string, number>;
  /** Questions whose answers had resources, and requests that changed something. */
  readonly told: number;
  readonly changed: number;
}

/**
 * Sends the same requests to both servers: questions, and writes based on what was read.
 * @param onAnswer called after each request
 * @throws AssertionError if the answers differ, or if hidden content was lost or revealed in the end
 */
export async function interferenceOfElements(
  who: string,
  seed: number,
  steps: number,
  onAnswer: OnAnswer = () => undefined,
): Promise<ElementRun> {
  const hidden = blinded[who]!;
  const random = randomOf(seed);
  const world = interference(random);
  const everything = enriched(world.everything, random);
  const time = worldTime();
  const { clock } = time;
  const servers: TestServer[] = [];
  const begin = async (stored: readonly Record<string, unknown>[]): Promise<{ server: TestServer; side: Side }> => {
    const server = await startServer({ requireIfMatch: false, clock }, undefined, { clock });
    servers.push(server);
    await put(server, ...(stored as Resource[]));
    await activatePolicies(server, policiesOf(hidden));
    const token = await server.sso.token({ scope: 'system/*.cruds', client_id: 'blinded' });
    return { server, side: new Side(server, token) };
  };
  try {
    const full = await begin(everything);
    const narrow = await begin(everything.map((each) => withoutThem(each, hidden)));
    const statuses = new Map<string, number>();
    const requests = new ElementRequests(everything, random, world);
    let [told, changed] = [0, 0];
    for (let step = 1; step <= steps; step += 1) {
      time.at(step);
      const request = requests.next();
      const [whole, part] = await Promise.all([full.side.answer(request), narrow.side.answer(request)]);
      const where = `${who}, seed ${String(seed)}, step ${String(step)}: ${JSON.stringify(request)}`;
      requireSame(where, whole.text, part.text);
      assert.ok(whole.reply.status < 500, `${where}: ${whole.text}`);
      requests.learn(request, part.reply);
      const key = `${String(part.reply.status)} ${part.reply.code}`.trim();
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
      if (request.method === 'GET' && part.reply.text.includes('"meta"')) told += 1;
      if (request.method !== 'GET' && part.reply.status < 300) changed += 1;
      onAnswer(request, part.reply.status);
    }
    await requireKept(full.server, narrow.server, { everything, hidden, replaced: requests.replaced });
    return { statuses, told, changed };
  } finally {
    for (const server of servers) await server.close();
  }
}

/** Requires that in the end both servers hold the same except for what is hidden, which is unchanged. */
async function requireKept(
  full: TestServer,
  narrow: TestServer,
  {
    everything,
    hidden,
    replaced,
  }: { readonly everything: readonly Resource[]; readonly hidden: Hidden; readonly replaced: ReadonlySet<string> },
): Promise<void> {
  for (const original of everything) {
    const path = `/${original.resourceType}/${original.id}`;
    const [whole, part] = await Promise.all([full.request('GET', path), narrow.request('GET', path)]);
    assert.equal(whole.status, part.status, path);
    if (whole.status !== 200) continue;
    if (!replaced.has(path)) assert.deepEqual(withoutThem(whole.json, hidden), withoutThem(part.json, hidden), path);
    assert.ok(!whole.text.includes('hidden-by-policy'), `${path}: the tag is stored`);
    if (replaced.has(path)) continue;
    const kept = hiddenIn(whole.json, hidden);
    assert.deepEqual(kept, hiddenIn(original, hidden), `${path} has lost what is hidden`);
  }
}

function hiddenIn(resource: Record<string, unknown>, hidden: Hidden): unknown {
  const left = withoutThem(resource, hidden);
  return JSON.parse(
    JSON.stringify(Object.fromEntries(Object.entries(resource).filter(([member]) => !(member in left)))),
  ) as unknown;
}

/** Requests of a caller who reads, and who writes what it has read. */
class ElementRequests {
  /** Resources that were deleted and made again, by their path. */
  readonly replaced = new Set<string>();
  readonly #everything: readonly Resource[];
  readonly #random: Random;
  readonly #world: ReturnType<typeof interference>;
  /** The last answer to a read, by path. */
  readonly #read = new Map<string, { readonly json: Record<string, unknown>; readonly etag: string }>();

  constructor(everything: readonly Resource[], random: Random, world: ReturnType<typeof interference>) {
    this.#everything = everything;
    this.#random = random;
    this.#world = world;
  }

  learn({ method, path }: Asked, { status, json, headers }: Reply): void {
    const isRead = method === 'GET' && /^\/[A-Z][a-z]+\/[\w-]+$/.test(path);
    if (isRead && status === 200) this.#read.set(path, { json, etag: headers.get('etag')! });
    if (method === 'DELETE' && status < 300) this.replaced.add(path);
  }

  next(): Asked {
    const one = oneOf(this.#random);
    const random = this.#random;
    const { resourceType, id } = one(
      this.#everything.filter((each) => types.some((type) => type === each.resourceType)),
    );
    const path = `/${resourceType}/${id}`;
    const read = this.#read.get(path);
    switch (random(13)) {
      case 0:
      case 1:
        return { method: 'GET', path };
      case 2:
        return read === undefined ? { method: 'GET', path } : this.#updated(path, read);
      case 3:
        return read === undefined ? { method: 'GET', path } : this.#updated(path, read);
      case 4:
        return { method: 'PATCH', path, body: this.#patch(resourceType) };
      case 5:
        return this.#created(one(types));
      case 6:
        return random(4) === 0 ? { method: 'DELETE', path } : { method: 'GET', path: `${path}/_history` };
      case 7:
        return this.#bundle(path, resourceType, read);
      case 8:
        return {
          method: 'POST',
          path: `${path}/$meta-add`,
          body: {
            resourceType: 'Parameters',
            parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:t', code: `m${String(random(5))}` }] } }],
          },
        };
      case 9:
        return { method: 'GET', path: this.#further(path, resourceType) };
      default:
        return { method: 'GET', path: this.#world.question() };
    }
  }

  /**
   * Returns an update of a resource that was read, changed or not, with its version, another one or none; sometimes with a guess of hidden
   * content.
   */
  #updated(path: string, { json, etag }: { readonly json: Record<string, unknown>; readonly etag: string }): Asked {
    const one = oneOf(this.#random);
    const changes = one<Record<string, unknown>>([
      {},
      { language: one(['uz', 'ru']) },
      { birthDate: '2024-05-11' },
      { valueString: 'high' },
      { text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } },
      { meta: { tag: [{ system: 'urn:t', code: 'ours' }] } },
    ]);
    const headers = one<Record<string, string>>([
      { 'if-match': etag },
      { 'if-match': etag },
      { 'if-match': 'W/"1"' },
      {},
    ]);
    const method = 'PUT';
    if (this.#random(6) > 0) return { method, path, body: { ...json, ...changes }, headers };
    const [, type = '', id = ''] = path.split('/');
    return { method, path: `/${type}?_id=${id}`, body: { ...json, ...changes }, headers };
  }

  #patch(type: string): object[] {
    const one = oneOf(this.#random);
    return one([
      [{ op: 'add', path: '/language', value: one(['uz', 'ru']) }],
      [{ op: 'test', path: '/valueString', value: 'high' }],
      [{ op: 'remove', path: '/birthDate' }],
      [{ op: 'add', path: type === 'Patient' ? '/birthDate' : '/valueString', value: '2024-05-11' }],
      [{ op: 'remove', path: '/meta/tag' }],
      [{ op: 'add', path: '/dataAbsentReason', value: { text: 'unknown' } }],
      [
        { op: 'add', path: '/language', value: one(['uz', 'ru']) },
        { op: 'add', path: '/valueDate', value: '2024-05-11' },
      ],
      [{ op: 'copy', from: '/id', path: '/implicitRules' }],
      [
        { op: 'add', path: '/language', value: 'uz' },
        { op: 'remove', path: '/language' },
      ],
    ]);
  }

  #created(type: string): Asked {
    const one = oneOf(this.#random);
    const { id: _, meta: __, ...rest } = one(this.#everything.filter(({ resourceType }) => resourceType === type));
    const headers = one<Record<string, string>>([{}, { 'if-none-exist': this.#world.criterionOf(type) }]);
    return { method: 'POST', path: `/${type}`, body: rest, headers };
  }

  #bundle(
    path: string,
    resourceType: string,
    read: { readonly json: Record<string, unknown>; readonly etag: string } | undefined,
  ): Asked {
    const one = oneOf(this.#random);
    const url = path.slice(1);
    const put = read && {
      resource: { ...read.json, language: one(['uz', 'en']) },
      request: { method: 'PUT', url, ...(this.#random(3) > 0 && { ifMatch: read.etag }) },
    };
    const patch = {
      resource: {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'add' },
              { name: 'path', valueString: resourceType },
              { name: 'name', valueString: 'language' },
              { name: 'value', valueCode: one(['uz', 'ru']) },
            ],
          },
        ],
      },
      request: { method: 'PATCH', url },
    };
    const entry = [one([patch, ...(put === undefined ? [] : [put, put])]), { request: { method: 'GET', url } }];
    return {
      ...{ method: 'POST', path: '/' },
      body: { resourceType: 'Bundle', type: one(['batch', 'transaction']), entry },
    };
  }

  /** Returns a question of an often forgotten kind. */
  #further(path: string, type: string): string {
    const one = oneOf(this.#random);
    const { id: patient } = { id: one(patients) };
    return one([
      `${path}?_elements=birthDate,valueQuantity,language`,
      `${path}?_summary=${one(['true', 'text', 'data'])}`,
      `${path}/$validate`,
      `${path}/$meta`,
      `/${type}?_content=secret1`,
      `/${type}?_text=secret1`,
      `/${type}?_filter=birthdate gt 2000`,
      `/Observation?_filter=value-string eq high`,
      `/Observation?_include=*`,
      `/Observation?_include=Observation:*&_revinclude=Observation:*`,
      `/Patient?_revinclude=*`,
      `/Patient?_contained=true&_id=in`,
      `/Patient?_contained=both&gender:missing=true`,
      `/Observation?_sort=${one(['value-string', '-value-quantity', 'subject', 'date', 'performer'])}`,
      `/Observation?subject.birthdate=gt2000`,
      `/Observation?patient.name=inner`,
      `/Observation?performer=Practitioner/d&_sort=_id`,
      `/Encounter?part-of:below=Encounter/v0`,
      `/Encounter?part-of:missing=false`,
      `/Observation?encounter:below=Encounter/v1`,
      `/Practitioner/d/${one(['Observation', 'Encounter', '*'])}`,
      `/Encounter/v1/${one(['Observation', '*'])}?_sort=_id`,
      `/Patient/${patient}/$everything?start=2024-04-01&end=2024-08-01&_count=${one(['5', '50'])}`,
      `/Patient?_has:Observation:subject:value-string=high`,
      `/Patient?_has:Observation:subject:status=final&_total=accurate`,
      `/List?_list=l-a`,
      `/Observation?_list=l-a&_total=accurate`,
      `/Observation?note-x=1`,
      `/Observation?status=final&_format=xml`,
      `/Observation?_summary=count`,
      `/Patient?link=Patient/a`,
      `/${type}?_tag=SUBSETTED`,
      `/_history?_count=5`,
      `/Observation?code-value-string=x1$high`,
      `/Observation?combo-value-quantity=gt10`,
    ]);
  }
}
