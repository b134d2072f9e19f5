/**
 * Carries out the acts of operators on the access policies of this environment, and those of the officer on the queue of broken glass. The
 * Single Sign-On server calls it on behalf of the operator: it knows the person, and has checked that person's permission.
 * docs/decisions/0052-administration-of-access.md
 */
import type { Access } from '../contract/access.ts';
import type { Answer } from '../contract/answer.ts';
import type { Call, Interaction } from '../contract/interaction.ts';
import { fail } from '../http/errors.ts';
import { invalid, isObject, partsOf } from '../operations/input.ts';
import { administrationActs } from './acts.ts';
import type { Asked } from './asked.ts';
import { Problem } from './problem.ts';

/** Given to no client: the Single Sign-On server signs such a token for itself alone. */
const scope = 'dhp.access-administration';
const singleSignOn = 'dhp-sso';

/** Answers with JSON: the result, or a problem by its kind. */
export const administerAccess: Interaction = async (services, call) => {
  requireSingleSignOn(call.access);
  // It is in the address, so that the record of the request has it.
  const act = String(call.query['act']);
  const run = Object.hasOwn(administrationActs, act) ? administrationActs[act] : undefined;
  if (run === undefined) invalid('act', 'There is no such act.');
  try {
    return answer(200, await run(services, askedIn(call), call));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { kind: refusal, message, status } = error;
    return { ...answer(status, { problem: refusal, message }), refusal };
  }
};

function answer(status: number, body: unknown): Answer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status, headers, body: JSON.stringify(body) };
}

/** The subject of the token is the person or the client that does it, so that the trail names them. */
function requireSingleSignOn(access: Access | undefined): void {
  if (access?.clientId === singleSignOn && access.mayAdministerAccess) return;
  const diagnostics = 'This address is for the Single Sign-On server alone.';
  fail('scope-insufficient', { scope }, { diagnostics, scope });
}

/** Parameters with one: a text of JSON with the members of the act. */
function askedIn(call: Call): Asked {
  const [part, ...others] = partsOf(call);
  const text = isObject(part) && part['name'] === 'asked' && others.length === 0 ? part['valueString'] : undefined;
  let asked: unknown;
  try {
    asked = JSON.parse(String(text));
  } catch {
    // told of below
  }
  return isObject(asked) ? asked : invalid('asked', 'Send one parameter: a text of JSON.');
}
