/**
 * The portal as a client of the SSO. Its secret is derived from the key of the installation, so that every process of the portal has it and
 * only its hash is stored.
 */
import { hkdfSync } from 'node:crypto';
import type { Clients } from '@dhp/clients';
import { applicationsScope, ClientError } from '@dhp/clients/fields';
import { portalClientId } from '@dhp/sign-in/portal-client';

export interface PortalKeys {
  readonly clientSecret: string;
  /** Seals values that browsers store for the portal; base64. */
  readonly sessions: string;
  /** Authenticates the browsers' addresses that the portal sends to the SSO; base64. */
  readonly relay: string;
}

/** @param key DHP_SECRET_KEY */
export function portalKeys(key: Uint8Array): PortalKeys {
  return {
    clientSecret: `dhps_${Buffer.from(hkdfSync('sha256', key, '', 'dhp portal client', 32)).toString('base64url')}`,
    sessions: Buffer.from(hkdfSync('sha256', key, '', 'dhp portal sessions', 32)).toString('base64'),
    relay: relayKey(key).toString('base64'),
  };
}

/** The key with which the SSO verifies the portal's statements about browsers. @param key DHP_SECRET_KEY */
export function relayKey(key: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'dhp portal relay', 32));
}

/** Whether people can sign in at a portal with this address: codes are sent by https, or within the same machine. */
export function canSignInAt(portal: string): boolean {
  const { protocol, hostname } = new URL(portal);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** Addresses of a laptop that are remembered: each of its nodes that chose another port has one. */
const mostAddresses = 10;

/**
 * Registers the portal, or updates its registration to its current address. If an operator has disabled it or given it another secret, that
 * stays, and nobody can sign in at the portal.
 * @param o.isStated the address is a setting, which all nodes share: then no other is registered
 */
export async function openPortalClient(
  clients: Clients,
  o: { key: Uint8Array; portal: string; isStated: boolean },
): Promise<void> {
  if (!canSignInAt(o.portal)) return;
  const redirectUri = `${o.portal}/signed-in`;
  const known = (await clients.find(portalClientId)) ?? (await register(clients, redirectUri));
  const others = o.isStated ? [] : known.redirectUris.filter((one) => one !== redirectUri && canSignInAt(one));
  const redirectUris = [...others, redirectUri].slice(-mostAddresses);
  if (redirectUris.join(' ') !== known.redirectUris.join(' ')) await clients.change(portalClientId, { redirectUris });
  await clients.keepSecret(portalClientId, portalKeys(o.key).clientSecret);
}

async function register(clients: Clients, redirectUri: string): Promise<{ redirectUris: string[] }> {
  try {
    const { client } = await clients.create({
      ...{ clientId: portalClientId, name: 'DHP', environment: 'playground' },
      ...{ grants: ['authorization_code'], scopes: [applicationsScope], redirectUris: [redirectUri] },
      requirePkce: true,
    });
    return client;
  } catch (error) {
    // Another node starts at the same moment.
    if (!(error instanceof ClientError && error.kind === 'client-exists')) throw error;
    return (await clients.find(portalClientId))!;
  }
}
