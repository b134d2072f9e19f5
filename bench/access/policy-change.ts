/** Milliseconds from the commit of a change of the access policies until a server acts by it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PolicySet } from '@dhp/access-policies';
import { activateNew } from '@dhp/fhir-store/access-policies';
import type { Sql } from '@dhp/postgres';
import type { TestServer } from '../../apps/fhir/test/environment.ts';

const changes = 12;

/** The longest delay of several changes, each made at another moment. @param path permitted by `open` and refused by `closed` */
export async function slowestChange(
  { server, sql, token }: { readonly server: TestServer; readonly sql: Sql; readonly token: string },
  { path, open, closed }: { readonly path: string; readonly open: PolicySet; readonly closed: PolicySet },
): Promise<number> {
  let slowest = 0;
  for (let n = 0; n < changes; n += 1) {
    const isClosed = n % 2 === 0;
    await pause(n * 83);
    await activateNew(sql, JSON.stringify(isClosed ? closed : open), { by: 'bench', reason: 'a measurement' });
    const changed = performance.now();
    for (;;) {
      const asked = performance.now();
      const { status } = await server.request('GET', path, { token });
      if ((status === 200) !== isClosed) {
        slowest = Math.max(slowest, asked - changed);
        break;
      }
      if (asked - changed > 30_000) throw new Error('a change of the policies does not act');
    }
  }
  return slowest;
}
