/** Plans an entry of a batch or transaction: the interaction, and the call that is passed to it. */
import type { EntryRequest, Target } from '../contract/target.ts';
import { receiveText } from '../http/body.ts';
import { jsonPatchType } from '../http/content-type.ts';
import { fail } from '../http/errors.ts';
import { headerOf, type Call, type Interaction, type Services } from '../contract/interaction.ts';
import type { Together } from '../contract/request.ts';
import { mayWrite } from '../contract/route.ts';
import type { Claim } from './identities.ts';
import { EntryPort } from './entry-port.ts';
import { requestOf, shownEntry, type Entry } from './entry.ts';
import { asRequest } from './target.ts';

export interface Plan {
  readonly entry: Entry;
  readonly request: EntryRequest;
  readonly port: EntryPort;
  readonly target: Target<Interaction>;
  /** The call as the same request by itself would make it. */
  readonly call: Call;
}

/** The entries of a Bundle, each with its port: every entry gets a record, even if it fails. */
export interface Sent {
  readonly entry: Entry;
  readonly port: EntryPort;
}

/** A port for each entry. `call` is that of the whole Bundle. */
export function sentBy(services: Services, call: Call, entries: readonly Entry[]): Sent[] {
  return entries.map((entry) => ({ entry, port: new EntryPort(services, call, entry) }));
}

/**
 * Fails as the same request by itself would, and for interactions that are not possible in a Bundle. `call` is that of the whole Bundle.
 * @param together the writes of the transaction; absent in a batch
 */
export function planEntry({ baseUrl }: Services, call: Call, { entry, port }: Sent, together?: Together): Plan {
  const request = requestOf(entry);
  const { budget, targets, isConverted } = call;
  const headers = headersOf(call, request);
  const { recording } = call;
  const place = { index: entry.index, recording, ...(together !== undefined && { together }) };
  const target = port.admit(asRequest(place, request, { headers, baseUrl })).target!;
  const { compartment, type, id, versionId, query } = target;
  const body = bodyOf(entry, target);
  if (body !== undefined) headers['content-type'] = body.contentType;
  const { access } = port;
  return {
    entry,
    request,
    port,
    target,
    call: {
      compartment,
      type,
      id,
      versionId,
      query,
      headers,
      body: body?.content,
      access,
      budget,
      targets,
      isConverted,
    },
  };
}

/** The headers of an entry: those of its request, and those of the Bundle's request that apply to all. */
function headersOf(
  call: Call,
  { ifMatch, ifNoneMatch, ifNoneExist, ifModifiedSince }: EntryRequest,
): Record<string, string> {
  const headers: Record<string, string> = { prefer: preferOf(call) };
  const language = headerOf(call, 'accept-language');
  if (language !== undefined) headers['accept-language'] = language;
  if (ifMatch !== undefined) headers['if-match'] = ifMatch;
  if (ifNoneMatch !== undefined) headers['if-none-match'] = ifNoneMatch;
  if (ifNoneExist !== undefined) headers['if-none-exist'] = ifNoneExist;
  // An instant of FHIR; over HTTP it is in another form.
  if (ifModifiedSince !== undefined) headers['if-modified-since'] = new Date(ifModifiedSince).toUTCString();
  return headers;
}

/** Whether the entry changes something. */
export function isWrite({ target }: Plan): boolean {
  return mayWrite(target.route);
}

/** The text of the entry's resource: taken from the Bundle, which has been checked already. */
export function textIn({ body }: Pick<Call, 'body'>): string {
  return typeof body === 'string' ? body : receiveText(body).text;
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

/** Default preference in a Bundle: statuses without contents. */
function preferOf(call: Call): string {
  const prefer = headerOf(call, 'prefer');
  if (prefer === undefined) return 'return=minimal';
  return /(?:^|[,;\s])return\s*=/i.test(prefer) ? prefer : `${prefer}, return=minimal`;
}

function bodyOf(
  entry: Entry,
  { route }: Plan['target'],
): { content: Buffer | string; contentType: string } | undefined {
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
