/** One page of the trail, as a Bundle of AuditEvents, with the link to the next one. */
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import type { TrailReader, TrailRecord } from '../../contract/trail.ts';
import { fail } from '../../http/errors.ts';
import { json } from '../../http/respond.ts';
import { resourceUrl } from '../../http/urls.ts';
import { queryString, type Parameter } from '../../search/parameters.ts';
import { auditEventOf } from './audit-event.ts';

const defaultCount = 50;
const maxCount = 500;
/** Units of a record: it is decrypted and built. */
const unitsOfRecord = 200;

export interface TrailSearch {
  /** Below the base URL. */
  readonly path: string;
  /** The parameters of the search, which all links repeat. */
  readonly parameters: readonly Parameter[];
  readonly asked: Omit<Parameters<TrailReader['records']>[0], 'before' | 'limit'>;
  /** `_count` as it was given. */
  readonly count: number | undefined;
  /** `_cursor` as it was given, of a page of the trail. */
  readonly cursor: string | undefined;
  /** Begins the cursors of the trail, where there are others at the address. */
  readonly mark?: string;
  /** An OperationOutcome before the first page, where there is something to tell beside the records. */
  readonly notice?: Readonly<Record<string, unknown>> | undefined;
  /** The position that follows on the last page of the trail, and its answer, where something does. */
  readonly behind?: { readonly position: string; readonly answer: () => Promise<Answer> };
}

/** Fails with `trail-not-kept` where this environment keeps no trail. */
export function requireTrail({ trail }: Pick<Services, 'trail'>): TrailReader {
  return trail ?? fail('trail-not-kept', {}, { diagnostics: 'DHP_AUDIT is off in this environment.' });
}

/** Fails with `page-link-invalid` or `page-link-expired` for a cursor of another search. */
export async function trailPage(services: Services, call: Call, search: TrailSearch): Promise<Answer> {
  const { baseUrl, pageLinks, timeZone } = services;
  const { path, parameters, asked, cursor, behind, notice, mark = '' } = search;
  const count = Math.min(search.count ?? defaultCount, maxCount);
  const named = `${path}?${queryString([...parameters].sort())}`;
  const position = cursor === undefined ? undefined : pageLinks.open(named, cursor).cursor;
  if (behind !== undefined && position === behind.position) return behind.answer();
  const before = position === undefined ? undefined : positionOf(position);
  const found = await requireTrail(services).records({ ...asked, before, limit: count + 1 });
  const page = found.slice(0, count);
  call.budget.take(page.length, `the page of ${path}`);
  call.budget.spend(unitsOfRecord * page.length, `the page of ${path}`);
  const address = (extra: readonly Parameter[]): string =>
    `${baseUrl}${path}?${queryString([...parameters, ['_count', String(count)], ...extra])}`;
  const at = (place: string): Parameter => ['_cursor', mark + pageLinks.seal(named, { cursor: place })];
  const next = found.length > count ? textOf(page.at(-1)!) : behind?.position;
  const entries = page.map((record) => {
    const resource = auditEventOf(record, { baseUrl, timeZone });
    const id = String(resource['id']);
    return { fullUrl: resourceUrl(baseUrl, { type: 'AuditEvent', id }), resource, search: { mode: 'match' } };
  });
  const told = cursor === undefined && notice !== undefined ? [{ resource: notice, search: { mode: 'outcome' } }] : [];
  const all = [...told, ...entries];
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [
      { relation: 'self', url: address(cursor === undefined ? [] : [['_cursor', mark + cursor]]) },
      ...(next === undefined ? [] : [{ relation: 'next', url: address([at(next)]) }]),
    ],
    ...(all.length > 0 && { entry: all }),
  };
  const body = JSON.stringify(bundle);
  call.budget.hold(Buffer.byteLength(body), `the page of ${path}`);
  return json(body, { 'cache-control': 'private, no-store' });
}

function textOf({ recorded, transactionId, id }: TrailRecord): string {
  return `${String(recorded)} ${transactionId} ${id}`;
}

function positionOf(text: string): Pick<TrailRecord, 'recorded' | 'transactionId' | 'id'> {
  const [recorded, transactionId, id] = text.split(' ') as [string, string, string];
  return { recorded: Number(recorded), transactionId, id };
}
