/** Checks for the engine whether earlier decisions still hold: at a refresh, and when an authorization needs no question. */
import { hash } from 'node:crypto';
import type { EngineContext, EngineGrant } from 'oidc-provider';
import type { Registration } from '@dhp/clients/rows';
import { insertAuditEvents } from '@dhp/audit';
import { selectGrantStanding } from '../store/grant-basis.ts';
import { registrationOf } from './engine-client.ts';
import type { EngineOptions } from './options.ts';
import { hasUserScope, isHealthWorker, recordOf, tokenClaims } from './person.ts';
import type { PeopleOfRequests } from './people-of-requests.ts';
import type { Redemptions } from './redemptions.ts';
import { refusal, refusalKind } from './refusal.ts';
import { endGrant } from './reuse.ts';
import type { Person } from './state.ts';
import { endingOf, endings, type Ending, type Standing } from './standing.ts';

interface Whom {
  readonly person: Person | undefined;
  readonly registration: Registration;
}

export interface StandingOfRequests {
  /**
   * Checks the grant of a request's refresh token.
   * @throws a refusal when the grant has ended, or when that cannot be determined now
   */
  requireRenewable(ctx: EngineContext): Promise<void>;
  /**
   * Checks a grant that an authorization is about to use. An earlier grant of the session that is no longer valid is ended for good: the
   * person is then asked again.
   * @param o.isNew it was given in this authorization, and its choices were already checked
   */
  requireGrant(
    ctx: EngineContext,
    grant: EngineGrant,
    o: Whom & { grantId: string; isNew: boolean },
  ): Promise<EngineGrant | undefined>;
  /**
   * Checks a grant about the person's own record.
   * @throws access_denied when that record is no longer in use
   */
  requireOwn(ctx: EngineContext, grant: EngineGrant, o: Whom): Promise<EngineGrant>;
}

/** Returns the cause of a refusal that resulted from an ending; undefined for every other refusal. */
export function endingIn(error: Error): Ending | undefined {
  const kind = refusalKind(error);
  return endings.find((one) => one === kind);
}

export function standingOfRequests(
  o: EngineOptions & {
    redemptions: Redemptions;
    people: PeopleOfRequests;
  },
): StandingOfRequests {
  const { sql, clock, redemptions, people } = o;

  async function requireOwn(
    ctx: EngineContext,
    grant: EngineGrant,
    { person, registration }: Whom,
  ): Promise<EngineGrant> {
    const own = person && ownRecordOf(ctx, person);
    if (person === undefined || own === undefined) return grant;
    const standing = { registration, person, launch: undefined, basis: undefined, hasRole: false };
    const ending = await endingOf(o, { ...standing, scope: own });
    if (ending !== undefined) throw refusal('own-record-ended');
    return grant;
  }

  return {
    async requireRenewable(ctx) {
      const { scope = '', accountId, grantId, amr } = ctx.oidc.entities.RefreshToken!;
      const registration = registrationOf(ctx.oidc.client!);
      const person = (await people.find(registration, accountId))!;
      const launch = await redemptions.launchOf(grantId);
      const ending = await endingOf(o, { registration, person, scope, launch, amr, ...redemptions.basisOf() });
      if (ending !== undefined) throw refusal(ending);
    },
    requireOwn,
    async requireGrant(ctx, grant, { grantId, isNew, person, registration }) {
      if (isNew) return requireOwn(ctx, grant, { person, registration });
      // Consent is requested again, and makes another grant.
      if (person === undefined || wordsOf(ctx, 'prompt').includes('consent')) return grant;
      const { accountId } = person.account;
      const known = await selectGrantStanding(sql, {
        grantHash: hash('sha256', grantId, 'buffer'),
        accountId,
        environment: registration.environment,
      });
      const standing: Standing = { registration, person, scope: wordsOf(ctx, 'scope').join(' '), ...known };
      const ending = await endingOf(o, standing);
      if (ending === undefined) return grant;
      await endStandingGrant(o, { grantId, ending, accountId, clientId: registration.client_id, now: clock() });
      return undefined;
    },
  };
}

/** Ends the grant with all tokens that resulted from it, and records why. */
export async function endStandingGrant(
  { sql }: Pick<EngineOptions, 'sql'>,
  o: { grantId: string; ending: Ending; accountId: string | undefined; clientId: string | undefined; now: Date },
): Promise<void> {
  await endGrant(sql, o.grantId, o.now);
  const { accountId, clientId, ending: reason } = o;
  await insertAuditEvents(sql, [{ recorded: o.now, event: 'grant.ended', accountId, clientId, reason }]);
}

/** The scopes about the person's own record, if no other record is chosen or launched with; undefined if there are none. */
function ownRecordOf(ctx: EngineContext, person: Person): string | undefined {
  const asked = wordsOf(ctx, 'scope');
  const isChosen = isHealthWorker(person) && asked.includes('launch/patient');
  if (ctx.oidc.params?.['launch'] !== undefined || isChosen || person.patient === undefined) return undefined;
  const scope = asked.filter((one) => !/^o(?:ff|n)line_access$/.test(one)).join(' ');
  const isAbout = tokenClaims(person, scope)['patient'] !== undefined;
  const isPatient = recordOf(person) === `Patient/${person.patient}`;
  return isAbout || (isPatient && hasUserScope(scope)) ? scope : undefined;
}

function wordsOf(ctx: EngineContext, name: string): string[] {
  const value = ctx.oidc.params?.[name];
  return typeof value === 'string' ? value.split(' ') : [];
}
