import { hash } from 'node:crypto';
import type { Session } from '@dhp/postgres';

/**
 * Notes that something was used that may be used once, until `expires`.
 * @returns false when it was used before; of parallel uses, on any node, one gets true
 */
export async function useOnce(sql: Session, what: string, expires: Date, now: Date): Promise<boolean> {
  const idHash = hash('sha256', what, 'buffer');
  const rows = await sql`
    insert into sso.artifact (model, id_hash, content, expires_at)
    values ('ReplayDetection', ${idHash}, ${Buffer.alloc(0)}, ${expires})
    on conflict (model, id_hash) do update set expires_at = excluded.expires_at where sso.artifact.expires_at <= ${now}
    returning 1`;
  return rows.length === 1;
}
