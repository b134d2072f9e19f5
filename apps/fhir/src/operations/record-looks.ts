/**
 * Answers the Single Sign-On server's question how many others have opened the records of people who want to be notified: only numbers. The
 * question is not an access to a record, and so is recorded without a patient. docs/decisions/0123-mails-of-subscriptions.md
 */
import { isId } from '@dhp/fhir-model';
import { othersIn } from '../audit/reading/others-in.ts';
import { requireTrail } from '../audit/reading/page.ts';
import type { Interaction } from '../contract/interaction.ts';
import { requireSingleSignOn } from './identity-evidence.ts';
import { invalid, isObject, partsOf } from './input.ts';

/** A record, and the requested time, in milliseconds since 1970. */
interface Asked {
  readonly patient: string;
  /** The account of the patient, whose own accesses are not counted. */
  readonly account: string;
  readonly since: number;
  readonly until: number;
}

/** The most records in one question, and the most trail records read for each: beyond that, only those are counted. */
const most = 100;
const mostLooked = 1_000;
/** Units of a record of the trail: it is decrypted. */
const unitsOfRecord = 100;

/** Answers with the numbers in the order of the question, as JSON: `{ "looks": [2, 0] }`. */
export const recordLooks: Interaction = async (services, call) => {
  requireSingleSignOn(call.access);
  const trail = requireTrail(services);
  const looks: number[] = [];
  for (const { patient, account, since, until } of askedIn(partsOf(call))) {
    const records = await trail.records({ patient, since, until, limit: mostLooked });
    call.budget.spend(unitsOfRecord * records.length, '$record-looks');
    looks.push(othersIn(records, account));
  }
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status: 200, headers, body: JSON.stringify({ looks }) };
};

function askedIn(parts: readonly unknown[]): Asked[] {
  if (parts.length > most) invalid('record', `Ask about ${String(most)} records at most.`, 'Parameters.parameter');
  return parts.map((part, n) => {
    const values = new Map<unknown, unknown>();
    const given = isObject(part) && part['name'] === 'record' && Array.isArray(part['part']) ? part['part'] : [];
    for (const one of given as unknown[]) if (isObject(one)) values.set(one['name'], one['valueString']);
    const [patient, account] = [values.get('patient'), values.get('account')];
    const [since, until] = ['since', 'until'].map((name) => Date.parse(String(values.get(name))));
    if (typeof patient === 'string' && isId(patient) && typeof account === 'string' && since! < until!)
      return { patient, account, since: since!, until: until! };
    return invalid(
      'record',
      'Each record has the parts patient, account, since and until as valueString, the last two as instants.',
      `Parameters.parameter[${String(n)}]`,
    );
  });
}
