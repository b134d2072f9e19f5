/** The grants that requests of the engine use: that of an authorization, and that of a refresh token which is renewed. */
import type { EngineConfiguration, Provider } from 'oidc-provider';
import { requestState } from '@dhp/sso-kit/request';
import { registrationOf } from './engine-client.ts';
import { rememberedGrant } from './grants.ts';
import type { EngineOptions } from './options.ts';
import type { PeopleOfRequests } from './people-of-requests.ts';
import type { ResourceServers } from './resource-servers.ts';
import { noteUse } from './session-limits.ts';
import type { SignInReads } from './sign-in-reads.ts';
import type { StandingOfRequests } from './standing-of-requests.ts';

export function grantsOfRequests(o: {
  options: EngineOptions;
  provider: () => Provider;
  signIns: SignInReads;
  people: PeopleOfRequests;
  standings: StandingOfRequests;
  resources: ResourceServers;
}): Pick<EngineConfiguration, 'loadExistingGrant' | 'rotateRefreshToken'> {
  const { options, signIns, people, standings, resources } = o;
  const { sql, clock } = options;
  return {
    async loadExistingGrant(ctx) {
      const { client, session, result, account } = ctx.oidc;
      // A new launch has another context, so an earlier grant is not reused.
      const earlier = ctx.oidc.params?.['launch'] === undefined ? session?.grantIdFor(client!.clientId) : undefined;
      const grantId = result?.consent?.grantId ?? earlier;
      const registration = registrationOf(client!);
      const person = await people.find(registration, account!.accountId);
      const isNew = result?.consent?.grantId !== undefined;
      const provider = o.provider();
      if (grantId === undefined) {
        const grant = await rememberedGrant({ provider, sql, clock, signIns }, ctx, { person, registration });
        return grant && standings.requireOwn(ctx, grant, { person, registration });
      }
      const given = requestState().resumption?.grant;
      const grant = given?.jti === grantId ? given : await provider.Grant.find(grantId);
      return grant && standings.requireGrant(ctx, grant, { grantId, isNew, person, registration });
    },
    // The engine uses up the old token before it checks the resource, so refusals must happen here, before that.
    async rotateRefreshToken(ctx) {
      const token = ctx.oidc.entities.RefreshToken!;
      const asked = ctx.oidc.params!['resource'] as string | undefined;
      resources.getResourceServerInfo(ctx, asked ?? token.resource ?? resources.defaultResource(ctx));
      await standings.requireRenewable(ctx);
      const { sessionUid: uid, accountId, authTime: loginTs } = token;
      // Renewal in the background (`offline_access`) does not count as use of the session by the person.
      if (token.expiresWithSession === true && uid !== undefined && loginTs !== undefined)
        await noteUse(options, { uid, accountId, loginTs });
      return true;
    },
  };
}
