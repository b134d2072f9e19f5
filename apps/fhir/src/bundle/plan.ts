/** What an entry of a batch or transaction does: an interaction of this server and the call it gets. */
import { readingOf } from '../contract/permission.ts';
import type { EntryRequest } from '../contract/target.ts';
import { missingPermission, requireAny, requireSearch } from '../http/access.ts';
import { jsonPatchType } from '../http/content-type.ts';
import { fail } from '../http/errors.ts';
import { withLargeEntry } from '../http/large-body.ts';
import { wantedPresentation } from '../http/wanted.ts';
import type { Answer } from '../http/respond.ts';
import { headerOf, type Call, type Services } from '../interactions/interaction.ts';
import { present, whole } from '../presentation/present.ts';
import { plainJson, type Presentation } from '../presentation/presentation.ts';
import { withTargets } from '../validation/reference-targets.ts';
import type { Claim } from './identities.ts';
import { requestOf, shownEntry, type Entry } from './entry.ts';
import { noQuery, unsupported, type Target } from './target.ts';

export interface Plan {
  readonly entry: Entry;
  readonly request: EntryRequest;
  readonly target: Target;
  /** The call as the same request by itself would make it. */
  readonly call: Call;
  /** How the resource is to look: `_summary` and its like in the URL. */
  readonly presentation: Presentation;
}

/**
 * What the interaction of the entry answers, as it is to look. All answers of a Bundle are in memory until the last one is there.
 * @throws BudgetSpent when they are larger than the request may hold
 */
export async function runEntry(services: Services, { entry, target, call, presentation }: Plan): Promise<Answer> {
  const { route } = target;
  const own = services.reading(readingOf(route.permission));
  const { budget } = call;
  const answer = await whole(
    // As a request by itself: an entry before this one may have changed what it refers to.
    await withTargets({ seen: own.reading('r').store, budget }, (targets) => {
      const one = { ...call, targets };
      return withLargeEntry(own, one, route.interaction)?.then((read) => route.run(own, read)) ?? route.run(own, one);
    }),
    budget,
  );
  const shown = present(answer, presentation, route.method === 'GET' ? budget : undefined);
  // What was put together for the answer is held by whoever did so.
  if (shown.body !== undefined && (shown.version !== undefined || shown.body !== answer.body))
    budget.hold(Buffer.byteLength(shown.body), `the answer of ${shownEntry(entry.index)}`);
  return shown;
}

/** Fails as the same request by itself would, and for what cannot be done in a Bundle. `call` is that of the whole Bundle. */
export function planEntry({ findTarget }: Services, call: Call, entry: Entry): Plan {
  const request = requestOf(entry);
  const target = findTarget(entry, request, headerOf(call, 'prefer'));
  const { route, compartment, type, id, versionId, query } = target;
  const { access, budget, targets } = call;
  if (route.permission !== 'public' && route.permission !== 'entries') {
    if (access === undefined) throw new Error('a Bundle came without access');
    const asked = type === '' ? '*' : type;
    if (route.permission === 'types') requireSearch(access, asked, route.interaction);
    else if (route.permission === 'any') requireAny(access, asked, route.interaction);
    else {
      const missing = missingPermission(access, route.permission, asked, route.interaction);
      if (missing !== undefined) throw missing;
    }
  }
  requireKnownConditions(entry, request, target);
  const headers: Record<string, string> = { prefer: preferOf(call) };
  const language = headerOf(call, 'accept-language');
  if (language !== undefined) headers['accept-language'] = language;
  if (request.ifMatch !== undefined) headers['if-match'] = request.ifMatch;
  if (request.ifNoneMatch !== undefined) headers['if-none-match'] = request.ifNoneMatch;
  if (request.ifNoneExist !== undefined) headers['if-none-exist'] = request.ifNoneExist;
  if (request.ifModifiedSince !== undefined) headers['if-modified-since'] = request.ifModifiedSince;
  const body = bodyOf(entry, target);
  if (body !== undefined) headers['content-type'] = body.contentType;
  const presentation = presentationOf(target);
  return {
    entry,
    request,
    target,
    presentation,
    call: { compartment, type, id, versionId, query, headers, body: body?.content, access, budget, targets },
  };
}

/** All that a URL says about it but the format, which is that of the Bundle. */
function presentationOf({ route, type, query }: Target): Presentation {
  if (query === noQuery) return plainJson;
  const isResult = route.interaction.startsWith('history') || route.interaction.startsWith('search');
  const shown = route.interaction.startsWith('$') ? '' : type;
  return wantedPresentation({ accept: undefined, query: { ...query, _format: undefined }, type: shown, isResult });
}

/** Whether the entry changes something. */
export function isWrite({ target }: Plan): boolean {
  const { method, isSafe = method === 'GET' } = target.route;
  return !isSafe;
}

/** Whether the entry names its resource by criteria. */
export function isConditional({ target, request }: Plan): boolean {
  return target.route.interaction.startsWith('conditional-') || request.ifNoneExist !== undefined;
}

/** The resources that entries write by their address; each is for one entry only. */
export function* addressesOf(plans: Iterable<Plan>): Generator<Claim> {
  for (const plan of plans) {
    const { type, id } = plan.target;
    if (isWrite(plan) && id !== '') yield { entry: plan.entry, name: `${type}/${id}`, verb: 'is written by' };
  }
}

/** The rule for the order of processing (https://hl7.org/fhir/R5/http.html#trules); an operation that changes nothing reads. */
export function phaseOf(plan: Plan): number {
  return isWrite(plan) ? { DELETE: 0, POST: 1, PUT: 2, PATCH: 2, GET: 3 }[plan.target.route.method] : 3;
}

/** What a client that says nothing gets in a Bundle: statuses, not contents. */
function preferOf(call: Call): string {
  const prefer = headerOf(call, 'prefer');
  if (prefer === undefined) return 'return=minimal';
  return /(?:^|[,;\s])return\s*=/i.test(prefer) ? prefer : `${prefer}, return=minimal`;
}

const conditions = [
  ['ifMatch', 'if-match'],
  ['ifNoneMatch', 'if-none-match'],
  ['ifNoneExist', 'if-none-exist'],
] as const;

/** As for a request by itself: a condition that cannot be honoured is refused where it would change what is asked. */
function requireKnownConditions(entry: Entry, request: EntryRequest, { route }: Target): void {
  for (const [member, header] of conditions) {
    if (request[member] === undefined || (route.conditions as readonly string[]).includes(header)) continue;
    if (member === 'ifNoneMatch' && route.method === 'GET') continue;
    unsupported(entry, member, `${route.interaction} does not support ${member} in a Bundle yet.`);
  }
}

function bodyOf(entry: Entry, { route }: Target): { content: Buffer | string; contentType: string } | undefined {
  const { method } = route;
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH') return undefined;
  const { resource } = entry;
  if (resource === undefined && route.interaction.startsWith('$')) return undefined;
  if (resource === undefined) {
    const diagnostics = `An entry with ${method} has a resource.`;
    fail('entry-resource-missing', { entry: shownEntry(entry.index) }, { diagnostics, expression: 'resource' });
  }
  return method === 'PATCH' ? patchIn(entry, resource) : { content: resource, contentType: 'application/fhir+json' };
}

/** A patch in a Bundle is Parameters, or a Binary with a JSON Patch (https://hl7.org/fhir/R5/http.html#patch). */
function patchIn(entry: Entry, text: string): { content: Buffer | string; contentType: string } {
  const { resourceType, contentType, data } = JSON.parse(text) as Record<string, unknown>;
  if (resourceType === 'Parameters') return { content: text, contentType: 'application/fhir+json' };
  if (resourceType === 'Binary' && contentType === jsonPatchType && typeof data === 'string') {
    return { content: Buffer.from(data, 'base64'), contentType: jsonPatchType };
  }
  const diagnostics = `A patch in a Bundle is Parameters, or a Binary with contentType ${jsonPatchType} and data.`;
  fail('entry-request-invalid', { entry: shownEntry(entry.index) }, { diagnostics, expression: 'resource' });
}
