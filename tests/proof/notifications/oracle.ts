/**
 * The events that there must be, by the history of versions in the order of commits alone: a fold that shares no line with the server. It knows the topic of the
 * proof as a sentence: an Observation became final, or was deleted.
 */
import { connect } from '@dhp/postgres';

export interface Version {
  readonly id: string;
  readonly ver: number;
  readonly deleted: boolean;
  readonly content: string;
}

interface Observation {
  readonly status: string;
  readonly subject: { readonly reference: string };
}

/** All versions of Observations of the writers, in the order of commits. */
export async function readHistory(url: string): Promise<Version[]> {
  const sql = connect(url, { max: 1, applicationName: 'dhp proof' });
  try {
    return await sql<Version[]>`
      select i.id, v.ver, v.deleted, v.content from fhir.identity i
      cross join lateral (
        select ty, rid, ver, txid, deleted, content from fhir.resource r where r.rid = i.rid and r.shard = i.shard
        union all
        select ty, rid, ver, txid, deleted, content from fhir.history h where h.rid = i.rid and h.shard = i.shard
      ) v
      where i.id like 'w%' and v.ty = i.ty
      order by v.txid, v.rid, v.ver`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The contents of the events, as receivers name them. @param patient undefined: of all patients */
export function expectedEvents(history: readonly Version[], patient: string | undefined): string[] {
  const before = new Map<string, Observation>();
  const events: string[] = [];
  for (const { id, ver, deleted, content } of history) {
    const was = before.get(id);
    const now = deleted ? undefined : (JSON.parse(content) as Observation);
    if (now === undefined) before.delete(id);
    else before.set(id, now);
    const isEvent = now === undefined ? was !== undefined : now.status === 'final' && was?.status !== 'final';
    const about = (now ?? was)?.subject.reference;
    if (isEvent && (patient === undefined || about === patient)) events.push(`${id} W/"${String(ver)}"`);
  }
  return events;
}
