/** Carries out an act of the administration on behalf of an actor, for the API and for the operators' pages alike. */
import type { Session } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { insertCustody } from '@dhp/clients/rows';
import type { Act } from './act.ts';
import { contextFor } from './context.ts';
import { dutyOf, type Guard } from './duties.ts';
import { DutyError } from './duty-error.ts';
import { refusedBy, targetsOf, type Targets } from './guards.ts';
import type { Input } from '@dhp/sso-kit/input';

type Actor = Omit<Parameters<typeof contextFor>[0], 'requirePermitted'>;

/**
 * @throws DutyError if the table of duties refuses the act to this actor, which is audited; InputError and the errors of the administered
 * object if the act is not possible
 */
export async function carryOutAct(act: Act, o: Actor, input: Input): Promise<unknown> {
  const { sql, actor, clock, reason } = o;
  const duty = dutyOf(act);
  const targets = await targetsOf(sql, input);
  const guardOf = async (session: Session, of: Targets): Promise<Guard | undefined> =>
    refusedBy(duty.never, { sql: session, actor, input, now: clock(), ...of });
  const refuse = async (guard: Guard): Promise<never> => {
    const why = [`${guard} for ${act.method} /admin${act.path}`, reason].filter((one) => one !== undefined).join(': ');
    const of = { accountId: targets.person?.account_id, clientId: targets.client?.client_id };
    await insertAuditEvents(sql, [{ recorded: clock(), event: 'administration.refused', actor, reason: why, ...of }]);
    throw new DutyError(guard);
  };
  const guard = await guardOf(sql, targets);
  if (guard !== undefined) return refuse(guard);
  // Two acts of one actor may run at once: neither may be decided on the state before the other.
  let since: Guard | undefined;
  const requirePermitted = async (transaction: Session): Promise<void> => {
    since = await guardOf(transaction, await targetsOf(transaction, input));
    if (since !== undefined) throw new DutyError(since);
  };
  const noteHolder = (accountId: string): Promise<void> =>
    insertCustody(sql, { subject: `account:${accountId}`, holder: actor, now: clock() });
  const isGiven = duty.givesCredentials === true;
  if (isGiven && targets.person !== undefined) await noteHolder(targets.person.account_id);
  const result = await act.run(contextFor({ ...o, requirePermitted }), input).catch((error: unknown) => {
    if (since === undefined) throw error;
    return refuse(since);
  });
  if (isGiven && targets.person === undefined) await noteHolder((result as { sub: string }).sub);
  return result;
}
