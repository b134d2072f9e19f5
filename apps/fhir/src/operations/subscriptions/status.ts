import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { inParallel } from '../../conditional/in-parallel.ts';
import { all } from '../../search/lookups.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import { missingPermission } from '../../http/access.ts';
import { json } from '../../http/respond.ts';
import { resourceUrl } from '../../http/urls.ts';
import { statusOf } from '../../subscriptions/notification.ts';
import { queryString } from '../../search/parameters.ts';
import { deliveryTold } from './delivery-told.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';
import { ownSubscriptions, renew, subscriptionAt } from './of-owner.ts';

type Json = Readonly<Record<string, unknown>>;

/** Subscriptions that are read at a time. */
const readers = 16;
/** The page size for those of one owner. */
const mostOwn = 500;
const scope = { path: '/Subscription/$status', interaction: '$status', of: 'Subscription' };
const statuses = ['requested', 'active', 'error', 'off', 'entered-in-error'];

/** `$status`: a Bundle of type searchset. Fails with `parameter-invalid`, and as a read of the Subscription at the address. */
export async function status(services: Services, call: Call, input: Input): Promise<Answer> {
  const isOfOne = call.id !== '';
  const wanted = isOfOne ? [] : (input.get('status') ?? []).map(String);
  const unknown = wanted.find((one) => !statuses.includes(one));
  if (unknown !== undefined)
    invalid(
      'status',
      `status is one of ${statuses.join(', ')}, not ${JSON.stringify(unknown.slice(0, 100))}.`,
      'http.status',
    );
  const { found, next } = isOfOne
    ? { found: [await subscriptionAt(services, call)], next: undefined }
    : await meantOnes(services, call, input, wanted);
  const meant = found.filter((resource) => wanted.length === 0 || wanted.includes(String(resource['status'])));
  const all = await ownSubscriptions(services, call, meant);
  if (isOfOne && all[0]?.standing !== undefined) await renew(services.subscriptions!, all[0].standing, call);
  const entry = all.map(({ id, resource, standing, delivery }) => ({
    fullUrl: `${resourceUrl(services.baseUrl, { type: 'Subscription', id })}/$status`,
    resource: statusOf(
      {
        ...{ id, status: String(resource['status']), topic: String(resource['topic']) },
        numbered: standing?.numbered,
        ...(standing !== undefined && delivery === undefined && { reason: standing.reason }),
        ...(standing !== undefined && delivery !== undefined && deliveryTold(standing, delivery, services)),
      },
      'query-status',
      services,
    ),
    search: { mode: 'match' },
  }));
  const link = [
    { relation: 'self', url: addressOf(services, call) },
    ...(next === undefined ? [] : [{ relation: 'next', url: addressOf(services, call, next) }]),
  ];
  const some = entry.length > 0 && { entry };
  // For one of several pages the total is unknown.
  const isWhole = next === undefined && !input.has('behind');
  const total = isWhole && { total: entry.length };
  const bundle = { resourceType: 'Bundle', type: 'searchset', ...total, link, ...some };
  return json(JSON.stringify(bundle), { 'cache-control': 'private, no-store' });
}

/**
 * The requested address, without parameters about the format of the answer; parameters in the body of a POST are not in it (bdl-18).
 * @param next the place after which the next page begins: then it is the address of that page, with all requested parameters
 */
function addressOf(
  { baseUrl }: Services,
  { id, query }: Call,
  next?: { readonly behind: string; readonly wanted: readonly string[] },
): string {
  const asked: [string, string][] =
    next === undefined
      ? (id === '' ? ['behind', 'id', 'own', 'status'] : []).flatMap((name) =>
          [query[name] ?? []].flat().map((value): [string, string] => [name, value]),
        )
      : [['behind', next.behind], ['own', 'true'], ...next.wanted.map((one): [string, string] => ['status', one])];
  return `${baseUrl}/Subscription/${id === '' ? '' : `${id}/`}$status?${queryString(asked)}`.replace(/\?$/, '');
}

interface Meant {
  readonly found: readonly Json[];
  /** Of the next page, if there is one. */
  readonly next: Parameters<typeof addressOf>[2];
}

/** The requested Subscriptions. */
async function meantOnes(services: Services, call: Call, input: Input, wanted: readonly string[]): Promise<Meant> {
  const { subscriptions } = services;
  const named = input.get('id')?.map(String);
  const isOwn = String(input.get('own')?.[0]) === 'true';
  const missing = missingPermission(call.access!, isOwn ? 'r' : 's', 'Subscription', '$status');
  if (missing !== undefined) throw missing;
  if (!isOwn) return { found: await visible(services.reading('s'), call, named), next: undefined };
  const place = placeIn(input);
  const owner = subscriptions?.ownerOf(call.access!);
  // Their owner knows their ids: the permission to read is sufficient, as nothing is searched.
  const told = async (ids: readonly string[], next?: Meant['next']): Promise<Meant> => ({
    found: await visible(services.reading('r'), call, ids),
    next,
  });
  if (subscriptions === undefined || owner === undefined) return told([]);
  if (named !== undefined) {
    const standing = await subscriptions.store.standing([...new Set(named)]);
    const own = new Set(standing.filter((one) => one.owner === owner).map(({ id }) => id));
    return told(named.filter((id) => own.has(id)));
  }
  const own = await subscriptions.store.owned(owner, mostOwn + 1, place);
  const page = own.slice(0, mostOwn);
  const ids = page.map(({ id }) => id);
  return told(ids, own.length > mostOwn ? { behind: page.at(-1)!.place, wanted } : undefined);
}

function placeIn(input: Input): string | undefined {
  const text = input.get('behind')?.map(String)[0];
  if (text === undefined || /^\d{1,16}\.[A-Za-z0-9.-]{1,64}$/.test(text)) return text;
  const shown = JSON.stringify(text.slice(0, 100));
  return invalid('behind', `behind is a place that a link of an answer has, not ${shown}.`, 'http.behind');
}

/**
 * Those that the caller may read, of the named ids. Fails with `operation-too-costly` if there are too many for an answer: a part would be
 * taken for all.
 */
async function visible(services: Services, call: Call, ids: readonly string[] | undefined): Promise<Json[]> {
  const { store } = services;
  if (ids === undefined) {
    const every = { access: searchAccess(services), budget: call.budget };
    const found = await fromStore(() => all(store, every, 'Subscription', { op: 'all', of: [] }), scope);
    return found.map(({ content }) => JSON.parse(content.toString('utf8')) as Json);
  }
  const meant = [...new Set(ids)];
  call.budget.take(meant.length, '$status');
  const read = new Map<string, Json>();
  await inParallel(meant, readers, async (id) => {
    const version = await store.read('Subscription', id);
    if (version?.deleted === false) read.set(id, JSON.parse(version.content.toString('utf8')) as Json);
  });
  return meant.flatMap((id) => {
    const found = read.get(id);
    return found === undefined ? [] : [found];
  });
}
