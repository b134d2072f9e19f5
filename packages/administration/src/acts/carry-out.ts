/** Carries out an act of the administration in the name of an actor, for the API and for the operators' pages alike. */
import { insertAuditEvents } from '@dhp/audit';
import { insertCustody } from '@dhp/clients/rows';
import type { Act } from './act.ts';
import { contextFor } from './context.ts';
import { dutyOf } from './duties.ts';
import { DutyError } from './duty-error.ts';
import { refusedBy, targetsOf } from './guards.ts';
import type { Input } from '@dhp/sso-kit/input';

/**
 * @throws DutyError when the table of duties refuses the act to this actor, which leaves an audit event; InputError and the errors of
 * what is administered when it is not possible
 */
export async function carryOutAct(act: Act, o: Parameters<typeof contextFor>[0], input: Input): Promise<unknown> {
  const { sql, actor, clock, reason } = o;
  const duty = dutyOf(act);
  const targets = await targetsOf(sql, input);
  const guard = await refusedBy(duty.never, { sql, actor, input, now: clock(), ...targets });
  if (guard !== undefined) {
    const why = [`${guard} for ${act.method} /admin${act.path}`, reason].filter((one) => one !== undefined).join(': ');
    const of = { accountId: targets.person?.account_id, clientId: targets.client?.client_id };
    await insertAuditEvents(sql, [{ recorded: clock(), event: 'administration.refused', actor, reason: why, ...of }]);
    throw new DutyError(guard);
  }
  const noteHolder = (accountId: string): Promise<void> =>
    insertCustody(sql, { subject: `account:${accountId}`, holder: actor, now: clock() });
  const isGiven = duty.givesCredentials === true;
  if (isGiven && targets.person !== undefined) await noteHolder(targets.person.account_id);
  const result = await act.run(contextFor(o), input);
  if (isGiven && targets.person === undefined) await noteHolder((result as { sub: string }).sub);
  return result;
}
