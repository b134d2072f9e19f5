/** Requests other than searches and reads: tables of views, jobs and their files, bulk writes, and reported events. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { baseUrl } from '../environment.ts';
import { queryOf } from '../sql-query.ts';
import { nameOf, system } from './rich.ts';
import { requireSame, type Answer, type Asked, type Side } from './side.ts';
import { oneOf, patients, type Random, type Resource } from './world.ts';

/** A request, and whether it is answered later by a job and the files in its result. */
export interface Knock extends Asked {
  readonly isLater?: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const later = { prefer: 'respond-async' };
const types = ['Observation', 'Encounter', 'Patient', 'List', 'DocumentReference'];

function viewOf(resource: string, more: Json = {}): Json {
  const column = [
    { name: 'id', path: 'id' },
    { name: 'version', path: 'meta.versionId' },
    { name: 'key', path: 'identifier.first().value' },
  ];
  return { resourceType: 'ViewDefinition', name: resource.toLowerCase(), resource, select: [{ column }], ...more };
}

interface KnockOf {
  readonly random: Random;
  /** All that there is, seen or not. */
  readonly everything: readonly Resource[];
  readonly seen: readonly Resource[];
  /** The path of a usual question. */
  readonly usual: () => string;
  /** Whether the caller is a system, which may use all requests; others may only use those for persons. */
  readonly isSystem: boolean;
}

/** Returns a function for the next request, about any resource. None uses an id chosen by the client that may exist unseen. */
export function knocks(of: KnockOf): () => Knock {
  const parts = partsOf(of);
  const all = of.isSystem ? [...ofAll(of, parts), ...ofSystems(of, parts)] : ofAll(of, parts);
  return () => parts.one(all)();
}

/** Pieces of requests. */
function partsOf({ random }: KnockOf) {
  const one = oneOf(random);
  const number = (below: number): string => String(random(below));
  const of = (resource: string): string => (resource === 'List' ? 'subject.first()' : 'subject');
  return {
    one,
    number,
    some: (...parts: readonly object[]): object[] => parts.filter(() => random(2) === 0),
    patient: (): object => ({ name: 'patient', valueReference: { reference: `Patient/${one(patients)}` } }),
    group: { name: 'group', valueReference: { reference: 'Group/g' } },
    format: (): object => ({ name: '_format', valueCode: one(['ndjson', 'json', 'csv']) }),
    filter: (): string =>
      one([
        ...['Observation?status=final', 'Observation?code=x1', `Observation?subject=Patient/${one(patients)}`],
        ...[`Observation?identifier=${system}|O-${number(12)}`, 'Observation?subject:Patient.active=true'],
        ...['Observation?_has:Observation:has-member:code=x2', 'Observation?encounter.status=completed'],
      ]),
    view: (): Json => {
      const resource = one(types);
      const keys = { column: [{ name: 'id', path: 'getResourceKey()' }] };
      const referring = { column: [{ name: 'of', path: `${of(resource)}.getReferenceKey()` }] };
      return one([
        viewOf(resource),
        viewOf(resource, { select: resource === 'Patient' ? [keys] : [keys, referring] }),
        viewOf(resource, { where: [{ path: "identifier.where(value.endsWith('1')).exists()" }] }),
      ]);
    },
  };
}
type Parts = ReturnType<typeof partsOf>;

function post(path: string, parameter: readonly object[], more: Partial<Knock> = {}): Knock {
  return { method: 'POST', path, body: { resourceType: 'Parameters', parameter }, ...more };
}

function postLater(path: string, parameter: readonly object[]): Knock {
  return post(path, parameter, { headers: later, isLater: true });
}

function ofAll(
  { random, usual }: KnockOf,
  { one, some, patient, group, format, view }: Parts,
): readonly (() => Knock)[] {
  return [
    () =>
      post(one(['/$viewdefinition-run', '/ViewDefinition/$viewdefinition-run']), [
        { name: 'viewResource', resource: view() },
        ...some(patient(), group, format(), { name: '_limit', valueInteger: 1 + random(9) }),
      ]),
    () => post('/$sql-run', [{ name: 'subjectResource', resource: view() }, ...some(patient(), patient(), format())]),
    () => ({ method: 'GET', path: usual(), headers: later, isLater: true }),
    () => {
      const asked = one(['code=urn:c|x1', 'code:missing=false', 'code:missing=false&max=3', 'code=x1,x2&status=final']);
      return { method: 'GET', path: `/Observation/$lastn?patient=${one(patients)}&${asked}` };
    },
    () => {
      const of = one([`Patient/${one(patients)}`, 'Group/g']);
      const what = `system=urn:c&code=${one(['x1', 'x2', 'x3'])}`;
      const which = one(['count,total-count,average', 'maximum,regression', 'median,std-dev,4-dev']);
      const more = of === 'Group/g' ? '' : one(['', '&include=true', '&include=true&limit=2']);
      return { method: 'GET', path: `/Observation/$stats?subject=${of}&${what}&statistic=${which}${more}` };
    },
  ];
}

function ofSystems(of: KnockOf, parts: Parts): readonly (() => Knock)[] {
  const { random, everything } = of;
  const { one, number, some, patient, group, format, filter, view } = parts;
  const type = (valueCode: string): object => ({ name: '_type', valueCode });
  return [
    () => {
      const asked = one([
        ...['_type=Observation,Patient', `_typeFilter=${encodeURIComponent(filter())}&_type=Observation`],
        ...['_since=2020-01-01T00:00:00Z', '_elements=identifier&_type=Observation,Encounter'],
      ]);
      const path = one(['/$export', '/Patient/$export', '/Group/g/$export']);
      return { method: 'GET', path: `${path}?${asked}`, headers: later, isLater: true };
    },
    () => postLater(one(['/Patient/$export', '/Group/g/$export']), [patient(), ...some(patient())]),
    () =>
      postLater('/$viewdefinition-export', [
        { name: 'view', part: [{ name: 'viewResource', resource: view() }] },
        ...some(patient(), group, format()),
      ]),
    () => {
      const [query, context] = queryOf(view(), 'select count(*) as n, min(key) as least from t');
      const subject = { name: 'subject', part: [{ ...query, name: 'subjectResource' }] };
      return postLater('/$sql-export', [subject, context!, ...some(patient(), group, format())]);
    },
    () =>
      postLater('/$bulk-delete', [
        type(one(['Observation', 'Observation,List', 'Encounter,Patient'])),
        ...some(patient(), group),
      ]),
    () =>
      postLater('/$bulk-delete', [
        type('Observation'),
        { name: '_typeFilter', valueString: one([filter(), `Observation?_id=o${number(30)},o${number(30)}`]) },
        { name: 'mode', valueCode: 'delete' },
        { name: 'most', valueInteger: random(3) },
      ]),
    () => imported(of, parts),
    () =>
      post('/SubscriptionTopic/$report-event', [
        { name: 'event', valueCoding: { system: 'urn:e', code: 'seen' } },
        { name: 'focus', valueReference: { reference: one([nameOf(one(everything)), `Encounter/v${number(8)}`]) } },
        { name: 'key', valueString: `k${number(1_000_000)}` },
      ]),
  ];
}

/** Returns lines about any resource, with ids that are visible or unused. */
function imported({ random, seen }: KnockOf, { one, number }: Parts): Knock {
  const observed = seen.filter(({ resourceType }) => resourceType === 'Observation');
  const ids = [...(observed.length === 0 ? [] : [one(observed).id]), `m${number(1_000_000)}`];
  const lines = ids.map((id) => ({
    ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:c', code: 'x3' }] } },
    ...{ meta: { tag: [{ system: 'urn:t', code: one(['ours', 'theirs']) }] } },
    ...{ subject: { reference: `Patient/${one([...patients, 'nobody'])}` } },
    ...(random(2) === 0 && { encounter: { reference: `Encounter/v${number(10)}` } }),
  }));
  const form = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const headers = { ...later, 'content-type': 'application/fhir+ndjson' };
  return { method: 'POST', path: '/$import', form, headers, isLater: true };
}

/**
 * Sends a request to both servers, with everything that follows from it. @returns the status of the first answer, and whether it revealed
 * content @throws AssertionError for a difference
 */
export async function knockAlike(
  where: string,
  { full, narrow }: { readonly full: Side; readonly narrow: Side },
  knock: Knock,
): Promise<{ readonly status: number; readonly hasTold: boolean }> {
  const [whole, part] = await Promise.all([told(full, knock), told(narrow, knock)]);
  const text = (answers: readonly Answer[]): string => answers.map((each) => timeless(each.text)).join('\n');
  requireSame(`${where}: ${JSON.stringify(knock)}`, text(whole), text(part));
  const { status } = whole[0]!.reply;
  assert.ok(status < 500, `${where}: ${JSON.stringify(knock)}: ${whole[0]!.text}`);
  const last = whole.at(-1)!.reply;
  return { status, hasTold: last.status === 200 && /"id":|,1$|_history/m.test(last.text) };
}

/** Removes times of jobs, and digests of files because these contain ids made by the server. The files themselves are compared. */
function timeless(text: string): string {
  return text
    .replaceAll(/^(etag: (?:W\/)?")[\da-f]{64}"$/gm, '$1a digest"')
    .replaceAll(
      /("(?:transactionTime|valueInstant|valueDateTime|exportStartTime|exportEndTime)":)"[^"]*"/g,
      '$1"a time"',
    );
}

async function told(side: Side, { isLater = false, ...asked }: Knock): Promise<Answer[]> {
  const names = new Map<string, string>();
  const first = await side.answer(asked, names);
  const place = first.reply.headers.get('content-location')?.slice(baseUrl.length);
  if (!isLater || first.reply.status !== 202 || place === undefined) return [first];
  const ended = await settled(side, place, names);
  const answers = [first, ended];
  const get = async (path: string): Promise<Answer> => side.answer({ method: 'GET', path }, names);
  const result = ended.reply.status === 303 ? await get(`${place}/result`) : undefined;
  if (result !== undefined) answers.push(result);
  const files = new RegExp(`${baseUrl.replaceAll('.', String.raw`\.`)}(/\\$job/[\\w-]+/[\\w.-]+)"`, 'g');
  const { text } = (result ?? ended).reply;
  for (const [, path] of text.matchAll(files)) answers.push(await get(path!));
  await side.answer({ method: 'DELETE', path: place }, names);
  return answers;
}

/** Looks at a job until it is ended. */
async function settled(side: Side, path: string, names: Map<string, string>): Promise<Answer> {
  for (let n = 0; n < 400; n += 1) {
    await pause(260);
    const answer = await side.answer({ method: 'GET', path }, names);
    if (![202, 429].includes(answer.reply.status)) return answer;
  }
  assert.fail(`${path} does not end`);
}
