/**
 * The client that a laptop's start prints, so that the first token is one copied line away. Only its hash is stored, so
 * each start makes a new secret; the one of the start before stays valid until the next.
 */
import type { Clients } from '@dhp/sso';

export interface DemoClient {
  readonly clientId: string;
  readonly secret: string;
}

const clientId = 'demo';

/** Makes the demo client or rotates its secret. An operator who disabled it keeps it disabled: undefined. */
export async function openDemoClient(clients: Clients): Promise<DemoClient | undefined> {
  const known = await clients.find(clientId);
  if (known?.disabled !== undefined) return undefined;
  const { secret } = known
    ? await clients.rotateSecret(clientId, { keepOld: true })
    : await clients.create({
        clientId,
        name: 'Demo',
        grants: ['client_credentials'],
        scopes: ['system/*.cruds', 'system/AuditEvent.crus', 'system/Provenance.crus'],
        environment: 'playground',
      });
  return { clientId, secret: secret! }; // only a public client has none
}
