/** The purpose of use and the emergency that a request states. docs/access.md */
import type { IncomingHttpHeaders } from 'node:http';
import { isId } from '@dhp/fhir-model';
import { failure, type Failure } from '../http/errors.ts';

/**
 * Purposes of use of `http://terminology.hl7.org/CodeSystem/v3-ActReason`, as the national profile of AuditEvent has them. Those of
 * patients, and of persons acting for one, are missing: the token says it.
 */
export const purposes = [
  ...['TREAT', 'ETREAT', 'HOPERAT', 'GOV', 'HDIRECT', 'HPRGRP', 'HSYSADMIN', 'RECORDMGT', 'DISASTER', 'HRESCH'],
] as const;

export interface Stated {
  readonly purpose: string;
  /** With `ETREAT`: the id of the Patient. */
  readonly patient: string | undefined;
  /** With `ETREAT`: in words; undefined if none is given. */
  readonly reason: string | undefined;
}

const header = 'X-Purpose-Of-Use';

/** Undefined if none is stated. @throws Failure `purpose-invalid` */
export function statedPurpose(headers: IncomingHttpHeaders): Stated | undefined {
  const given = headers['x-purpose-of-use'];
  if (given === undefined) return undefined;
  const purpose = purposes.find((one) => one === given);
  if (purpose === undefined) throw wrong(`${header} is not one of ${purposes.join(', ')}.`);
  if (purpose !== 'ETREAT') return { purpose, patient: undefined, reason: undefined };
  return {
    purpose,
    patient: patientIn(headers['x-break-glass-patient']),
    reason: reasonIn(headers['x-break-glass-reason']),
  };
}

function wrong(diagnostics: string): Failure {
  return failure('purpose-invalid', {}, { diagnostics });
}

function patientIn(given: string | string[] | undefined): string {
  const id = typeof given === 'string' ? given.replace(/^Patient\//, '') : '';
  if (!isId(id)) throw wrong('With ETREAT, X-Break-Glass-Patient names the one patient, such as Patient/42.');
  return id;
}

const [fewest, most] = [10, 500];

/** Words outside of ASCII are percent-encoded as UTF-8 (RFC 3986, section 2.1). */
function reasonIn(given: string | string[] | undefined): string | undefined {
  if (given === undefined) return undefined;
  let reason = '';
  try {
    reason = typeof given === 'string' ? decodeURIComponent(given).trim() : '';
  } catch {
    // as one that says nothing
  }
  const isWords =
    reason.length >= fewest && reason.length <= most && /\p{L}.*\p{L}/u.test(reason) && !/\p{Cc}/u.test(reason);
  if (!isWords)
    throw wrong(
      `X-Break-Glass-Reason is a reason in words, of ${String(fewest)} to ${String(most)} characters, percent-encoded as UTF-8.`,
    );
  return reason;
}
