import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { inParallel } from '../../conditional/in-parallel.ts';
import { all } from '../../search/lookups.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../search/store-failure.ts';
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
/** Of those of one owner: the last changed. */
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
  const found = isOfOne ? [await subscriptionAt(services, call)] : await meantOnes(services, call, input);
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
  const link = [{ relation: 'self', url: selfOf(services, call) }];
  const some = entry.length > 0 && { entry };
  const bundle = { resourceType: 'Bundle', type: 'searchset', total: entry.length, link, ...some };
  return json(JSON.stringify(bundle), { 'cache-control': 'private, no-store' });
}

/** The address that was asked, without what concerns the form of the answer; what a POST has in its body is not in it (bdl-18). */
function selfOf({ baseUrl }: Services, { id, query }: Call): string {
  const asked = (id === '' ? ['id', 'own', 'status'] : []).flatMap((name) =>
    [query[name] ?? []].flat().map((value) => [name, value] as [string, string]),
  );
  return `${baseUrl}/Subscription/${id === '' ? '' : `${id}/`}$status?${queryString(asked)}`.replace(/\?$/, '');
}

/** Those that are asked about. */
async function meantOnes(services: Services, call: Call, input: Input): Promise<Json[]> {
  const { subscriptions } = services;
  const named = input.get('id')?.map(String);
  const isOwn = String(input.get('own')?.[0]) === 'true';
  const missing = missingPermission(call.access!, isOwn ? 'r' : 's', 'Subscription', '$status');
  if (missing !== undefined) throw missing;
  if (!isOwn) return visible(services.reading('s'), call, named);
  const own = (await subscriptions?.store.owned(subscriptions.ownerOf(call.access!), mostOwn)) ?? [];
  const wanted = named && new Set(named);
  const meant = own.filter((id) => wanted?.has(id) !== false);
  // Their ids are known to whoever has requested them: to read them is enough, nobody searches.
  return visible(services.reading('r'), call, meant);
}

/** Those that the caller may read, of the ids that are named. Fails with `operation-too-costly` where they are too many to be told: a part would be taken for all. */
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
