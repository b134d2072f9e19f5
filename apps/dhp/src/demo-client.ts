/**
 * The client that a laptop's start prints, so that the first token needs only one copied line. Its secret is derived from the key of the
 * installation: it is the same at every start, and stored only as a hash.
 */
import { hkdfSync } from 'node:crypto';
import type { Clients } from '@dhp/clients';

export interface DemoClient {
  readonly clientId: string;
  readonly secret: string;
}

/** Its client id. */
export const demoId = 'demo';

/** Its secret. @param key the secret key of the installation, 32 bytes */
export function demoSecret(key: Uint8Array): string {
  return `dhps_${Buffer.from(hkdfSync('sha256', key, '', 'dhp demo client', 32)).toString('base64url')}`;
}

/**
 * Creates the demo client, or finds it.
 *
 * @param key the secret key of the installation, 32 bytes
 * @returns undefined if an operator has disabled it or given it another secret: both stay
 */
export async function openDemoClient(clients: Clients, key: Uint8Array): Promise<DemoClient | undefined> {
  const known = await clients.find(demoId);
  if (known?.disabled !== undefined) return undefined;
  if (known === undefined) {
    await clients.create({
      clientId: demoId,
      name: 'Demo',
      grants: ['client_credentials'],
      scopes: ['system/*.cruds', 'system/AuditEvent.crus', 'system/Provenance.crus'],
      environment: 'playground',
    });
  }
  const secret = demoSecret(key);
  return (await clients.keepSecret(demoId, secret)) ? { clientId: demoId, secret } : undefined;
}

/**
 * Disables the demo client of an earlier start if production is served: there, only requested clients exist.
 * @returns whether it was disabled
 */
export async function closeDemoClient(clients: Clients): Promise<boolean> {
  const known = await clients.find(demoId);
  if (known === undefined || known.disabled !== undefined) return false;
  await clients.disable(demoId, { reason: 'production is served' });
  return true;
}
