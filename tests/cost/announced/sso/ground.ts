import { unique } from '../../requests.ts';
import type { Credentials, World } from '../../shape.ts';
import { administer, application, registered, signingClient } from '../../sso/requests.ts';

/** Clients and people that hostile requests are about. */
export interface Ground {
  readonly world: World;
  /** By which people sign in. */
  readonly application: Credentials;
  /** Signs, for `assertion`. */
  readonly signer: string;
  /** By which clients may register. */
  readonly registrationToken: string;
  /** For the parts of paths: what is there, where something is. */
  readonly parts: Readonly<Record<string, string>>;
}

export async function openGround(world: World): Promise<Ground> {
  const username = `cost-${unique()}`;
  await administer(world, 'users', {
    ...{ username, name: 'Cost Person', password: 'a long and quiet password' },
    identities: [{ environment: 'playground', reference: 'Practitioner/cost' }],
  });
  const { token } = await administer(world, 'registration-tokens', {
    ...{ name: 'Cost', environment: 'playground', max_uses: 1_000, scope: `${application.scope} system/*.cruds` },
  });
  const changed = await registered(world);
  return {
    ...{ world, application: await registered(world), signer: await signingClient(world), registrationToken: token! },
    parts: { client_id: changed.id, username, environment: 'playground', role: 'cost' },
  };
}
