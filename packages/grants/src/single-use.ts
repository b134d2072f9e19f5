import { hash } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import { withoutWaiting } from '@dhp/sso-kit/request';

/**
 * Notes that something was used that may be used once, until `expires`.
 * @param isUnwaited nothing is handed out or changed for it: the commit waits for neither the disk nor a standby
 * @returns false when it was used before; of parallel uses, on any node, one gets true
 */
export async function useOnce(
  sql: Session,
  what: string,
  expires: Date,
  { now, isUnwaited = false }: { now: Date; isUnwaited?: boolean },
): Promise<boolean> {
  const idHash = hash('sha256', what, 'buffer');
  const insertion = sql`
    insert into sso.artifact (model, id_hash, content, expires_at)
    values ('ReplayDetection', ${idHash}, ${Buffer.alloc(0)}, ${expires})
    on conflict (model, id_hash) do update set expires_at = excluded.expires_at where sso.artifact.expires_at <= ${now}
    returning 1`;
  if (!isUnwaited) return (await insertion).length === 1;
  const [row] = await sql<{ used: number }[]>`
    with inserted as (${insertion}) select (select count(*)::int from inserted) as used, ${withoutWaiting(sql)}`;
  return row?.used === 1;
}
