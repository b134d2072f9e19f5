/** `$meta` of a type and of the system: the labels in use. https://hl7.org/fhir/R5/resource-operation-meta.html */
import { tellsOfNobody } from '@dhp/labels';
import type { Condition, SearchQuery } from '@dhp/search-index';
import { type LabelList, labelParameters, labelWord } from '@dhp/search-index/rows';
import type { ReadPermission, StoredVersion } from '@dhp/fhir-store';
import { inParallel } from '../conditional/in-parallel.ts';
import { endpointTypes } from '../endpoint-types.ts';
import { requireSearch } from '../http/access.ts';
import { shownCoding } from '../contract/label-mark.ts';
import { payForParsing } from '../http/cost.ts';
import { fail } from '../http/errors.ts';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { searchAccess } from '../search/search-access.ts';
import { fromStore } from '../http/store-failure.ts';

/** Labels are for people to choose from; a client that gives every resource a label of its own uses them for something else. */
const mostLabels = 2_000;
/** Words that are looked at together. */
const wordsTogether = 1_000;
/** Resources that are looked at together for the labels that they have. */
const resourcesTogether = 50;
/** Searches at a time, of the few that the store runs at a time. */
const concurrency = 2;

/**
 * The profiles, tags and security labels of the current resources of the type, or of all types, that the caller may search, with those labels that the
 * server shows there; each once. Fails with `operation-too-costly` where there are too many.
 */
export async function labelsInUse(services: Services, call: Call): Promise<Answer> {
  const { access, type } = call;
  if (access === undefined) throw new Error('an operation came without access');
  requireSearch(access, type === '' ? '*' : type, '$meta');
  const permitted = searchAccess(services);
  const types = type === '' ? endpointTypes.filter((each) => permitted(each) !== false) : [type];

  const labels = await found(services, call, types, permitted);
  const inUse: Pick<Label, 'list' | 'text'>[] = [];
  call.budget.take(labels.length, '$meta');
  await inParallel(labels, concurrency, async (label) => {
    call.budget.requireLeft('$meta');
    const text = await textInUse(services, type, label, permitted);
    if (text !== undefined) inUse.push({ list: label.list, text });
  });
  inUse.push(...(await shownInUse(services, call, types, new Set(inUse.flatMap(securityOf)))));
  const textsOf = (list: LabelList): unknown[] | undefined => {
    const own = inUse.filter((label) => label.list === list).map(({ text }) => text);
    return own.length === 0 ? undefined : own.sort().map((text) => JSON.parse(text) as unknown);
  };
  const valueMeta = { profile: textsOf('profile'), security: textsOf('security'), tag: textsOf('tag') };
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta }] };
  return json(JSON.stringify(parameters), { 'cache-control': 'private, no-cache' });
}

/** A security label by its system and code. */
function securityOf({ list, text }: Pick<Label, 'list' | 'text'>): string[] {
  return list === 'security' ? [identityOf(text)] : [];
}

/**
 * The labels that the server shows to the caller in resources of the types, and no writer has said there. One for which the caller is not cleared is in
 * nothing that may be searched.
 */
async function shownInUse(
  services: Services,
  { budget, type }: Call,
  types: readonly string[],
  said: ReadonlySet<string>,
): Promise<Pick<Label, 'list' | 'text'>[]> {
  const { labels } = services.store.knownSearchParameters();
  if (labels === undefined) return [];
  const others = labels.known.filter((label) => !said.has(label));
  const of = types.filter((each) => !tellsOfNobody(each));
  if (of.length === 0) return [];
  budget.take(others.length, '$meta');
  const permitted = searchAccess(services);
  const inUse: Pick<Label, 'list' | 'text'>[] = [];
  await inParallel(others, concurrency, async (label) => {
    budget.requireLeft('$meta');
    const where = { op: 'labelled' as const, any: [label], inheriting: labels.inheriting };
    if ((await firstOf(services, type, of, where, permitted)) !== undefined)
      inUse.push({ list: 'security', text: JSON.stringify(shownCoding(label)) });
  });
  return inUse;
}

/** The first resource of the types that meets a condition and that the caller may search. */
async function firstOf(
  { store }: Services,
  of: string,
  types: readonly string[],
  where: Condition,
  permitted: ReadPermission,
): Promise<StoredVersion | undefined> {
  const branches = types.map((type) => ({ type, where }));
  const query: SearchQuery = { branches, sort: [], includes: [] };
  const scope = { path: `${of === '' ? '' : `/${of}`}/$meta`, interaction: '$meta', of };
  return (await fromStore(() => store.search({ query, access: permitted, count: 1 }), scope)).matches[0];
}

/** A label and where it may be: of each type its key. */
interface Label {
  readonly list: LabelList;
  readonly text: string;
  readonly keys: { readonly type: string; readonly key: bigint }[];
}

/**
 * The labels of resources of these types that the caller may search. Labels of other resources do not count, however many they are: they
 * cost a look-up for each thousand of their terms.
 */
async function found(
  services: Services,
  call: Call,
  types: readonly string[],
  permitted: ReadPermission,
): Promise<Label[]> {
  const { store } = services;
  const parameters = new Map(
    types.flatMap((type) =>
      labelParameters(type).flatMap(({ list, words, longWords }) =>
        [words, longWords].map((parameter) => [parameter, { type, list }] as const),
      ),
    ),
  );
  const labels = new Map<string, Label>();
  let behind: Awaited<ReturnType<typeof store.words>>[number] | undefined;
  for (;;) {
    const words = await store.words([...parameters.keys()], wordsTogether, behind);
    call.budget.take(words.length, '$meta');
    const further = new Map<string, Label>();
    for (const { parameter, key, text } of words) {
      const { type, list } = parameters.get(parameter)!;
      // The same Coding may occur with several displays: the first one represents it.
      const name = `${list} ${identityOf(text)}`;
      const label = labels.get(name) ?? further.get(name) ?? { list, text, keys: [] };
      label.keys.push({ type, key });
      if (!labels.has(name)) further.set(name, label);
    }
    for (const name of await seenOf(services, call, further, permitted)) labels.set(name, further.get(name)!);
    if (labels.size > mostLabels)
      fail(
        'operation-too-costly',
        { operation: '$meta' },
        { diagnostics: `There are more than ${mostLabels} labels.` },
      );
    behind = words.at(-1);
    if (words.length < wordsTogether) return [...labels.values()];
  }
}

/** The names of those labels that some resource has which the caller may search. */
async function seenOf(
  { store }: Services,
  { type, budget }: Call,
  labels: ReadonlyMap<string, Label>,
  permitted: ReadPermission,
): Promise<Set<string>> {
  const seen = new Set<string>();
  const scope = { path: `${type === '' ? '' : `/${type}`}/$meta`, interaction: '$meta', of: type };
  for (;;) {
    const open = [...labels].filter(([name]) => !seen.has(name)).flatMap(([, { keys }]) => keys);
    if (open.length === 0) return seen;
    budget.requireLeft('$meta');
    const branches = [...Map.groupBy(open, (each) => each.type)].map(([of, keys]) => ({
      type: of,
      where: { op: 'keys' as const, any: keys.map(({ key }) => key), expect: 'many' as const },
    }));
    const query: SearchQuery = { branches, sort: [], includes: [] };
    const page = await fromStore(() => store.search({ query, access: permitted, count: resourcesTogether }), scope);
    const before = seen.size;
    for (const { content } of page.matches) {
      payForParsing(budget, content);
      for (const name of namesIn(content)) if (labels.has(name)) seen.add(name);
    }
    if (page.next === undefined || page.matches.length === 0) return seen;
    // Labels of another shape are asked about one by one.
    if (seen.size === before) return new Set(labels.keys());
  }
}

/** Names of the labels of a resource; of a long one as it is kept. */
function namesIn(content: Buffer): string[] {
  const { meta } = JSON.parse(content.toString('utf8')) as { meta?: Partial<Record<LabelList, unknown[]>> };
  return (['profile', 'security', 'tag'] as const).flatMap((list) =>
    (meta?.[list] ?? []).flatMap((label) => {
      if (typeof label === 'string') return [`${list} ${label}`, `${list} ${labelWord(JSON.stringify(label))}`];
      const { system, code } = label as Coding;
      const bare = JSON.stringify({ system: system === '' ? undefined : system, code });
      return [`${list} ${system ?? ''}|${code ?? ''}`, `${list} ${labelWord(bare)}`];
    }),
  );
}

function identityOf(text: string): string {
  const label = JSON.parse(text) as string | { system?: string; code: string } | { hash: string };
  if (typeof label === 'object' && 'hash' in label) return text;
  return typeof label === 'string' ? label : `${label.system ?? ''}|${label.code}`;
}

/** The label as the caller may see it; undefined if no resource that the caller may search has it. */
async function textInUse(
  { store }: Services,
  type: string,
  { list, text, keys }: Label,
  permitted: ReadPermission,
): Promise<string | undefined> {
  const branches = keys.map(({ type: own, key }) => ({
    type: own,
    where: { op: 'keys' as const, any: [key], expect: 'many' as const },
  }));
  const query: SearchQuery = { branches, sort: [], includes: [] };
  const scope = { path: `${type === '' ? '' : `/${type}`}/$meta`, interaction: '$meta', of: type };
  const page = await fromStore(() => store.search({ query, access: permitted, count: 1 }), scope);
  const [match] = page.matches;
  if (match === undefined) return undefined;
  if (isLong(text)) return longTextIn(match.content, list, text);
  const isWhole = keys.every((key) => permitted(key.type) === true);
  return isWhole || list === 'profile' ? text : textIn(match.content, list, text);
}

function isLong(text: string): boolean {
  return text.startsWith('{"hash":');
}

/** A label that is too long to be kept, as this resource has it. */
function longTextIn(content: Buffer, list: LabelList, kept: string): string | undefined {
  const { meta } = JSON.parse(content.toString('utf8')) as { meta?: Partial<Record<LabelList, unknown[]>> };
  for (const label of meta?.[list] ?? []) {
    if (typeof label === 'string' && labelWord(JSON.stringify(label)) === kept) return JSON.stringify(label);
    const { system, code, display } = label as Coding;
    const bare = { system: system === '' ? undefined : system, code };
    if (labelWord(JSON.stringify(bare)) !== kept) continue;
    return JSON.stringify({ ...bare, display: typeof display === 'string' ? display : undefined });
  }
  return undefined;
}

/** The Coding as this resource has it: the display that was kept may be that of a resource that the caller does not see. */
function textIn(content: Buffer, list: LabelList, kept: string): string {
  const { meta } = JSON.parse(content.toString('utf8')) as { meta?: Partial<Record<LabelList, Coding[]>> };
  const same = meta?.[list]?.find(({ system, code }) => `${system ?? ''}|${code ?? ''}` === identityOf(kept));
  const { system, code } = JSON.parse(kept) as Coding;
  // Undefined members are not written.
  return JSON.stringify({ system, code, display: typeof same?.display === 'string' ? same.display : undefined });
}

interface Coding {
  readonly system?: string;
  readonly code?: string;
  readonly display?: unknown;
}
