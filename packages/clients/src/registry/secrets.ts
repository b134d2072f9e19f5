/** Acts that give a client another secret. */
import { hashClientSecret, newClientSecret, secretMatches } from '../authentication/client-secret.ts';
import { ClientError } from '../fields/client-error.ts';
import { updateSecret } from '../store/client-changes.ts';
import { hasKeys, selectClient, selectSecretMaker } from '../store/clients.ts';
import { insertCustody } from '../store/custody.ts';
import { changeClient, endSecret, type ChangeBy } from './changes.ts';
import type { Client } from './client.ts';

export async function rotateSecret(
  by: ChangeBy,
  clientId: string,
  { keepOld, onlyBesideOne }: { keepOld: boolean; onlyBesideOne: boolean },
): Promise<{ client: Client; secret: string }> {
  const { secret, hash } = newClientSecret();
  const reason = keepOld ? 'old secret kept' : 'old secret ended';
  const client = await changeClient(by, { clientId, event: 'client.secret-rotated', reason }, async (tx, now) => {
    const known = await selectClient(tx, clientId);
    if (known !== undefined && (known.public || hasKeys(known))) {
      const why = known.public ? 'is a public client' : 'authenticates by its keys';
      throw new ClientError('invalid-combination', `"${clientId}" ${why}: it has no secret`);
    }
    if (known !== undefined)
      await insertCustody(tx, { subject: `client:${clientId}`, holder: by.actor, now, only: !keepOld });
    const updated = await updateSecret(tx, clientId, { secretHash: hash, keepOld, onlyBesideOne, now });
    if (updated === undefined && known !== undefined)
      throw new ClientError('invalid-combination', 'Two secrets work already: end the older one first');
    if (updated !== undefined) await endSecret(tx, by, { clientId, secretHash: hash, now });
    return updated;
  });
  return { client, secret };
}

export async function keepSecret(by: ChangeBy, clientId: string, secret: string): Promise<boolean> {
  const { sql, actor } = by;
  const known = await selectClient(sql, clientId);
  if (known === undefined || known.public || hasKeys(known)) return false;
  if (secretMatches(secret, [known.secret_hash, known.previous_secret_hash])) return true;
  if ((await selectSecretMaker(sql, clientId)) !== actor) return false;
  const own = { secretHash: hashClientSecret(secret), keepOld: false, onlyBesideOne: false };
  const act = { clientId, event: 'client.secret-rotated', reason: 'old secret ended' } as const;
  await changeClient(by, act, async (tx, now) => {
    await insertCustody(tx, { subject: `client:${clientId}`, holder: actor, now, only: true });
    return updateSecret(tx, clientId, { ...own, now });
  });
  return true;
}
