/** How many others have opened records, requested from the FHIR servers over HTTP, with a token of this server itself. docs/access.md */
import type { EnvironmentName } from '@dhp/sso-kit';
import { recordsToken, type RecordsOptions } from './records-token.ts';

export interface AskedLooks {
  readonly patient: string;
  /** The account of the patient, whose own requests do not count. */
  readonly account: string;
  readonly since: Date;
  readonly until: Date;
}

/**
 * @returns numbers of people and applications, in the order of the question; undefined if the environment keeps no trail, or does not
 * answer now
 */
export type RecordLooksCounter = (
  environment: EnvironmentName,
  asked: readonly AskedLooks[],
) => Promise<readonly number[] | undefined>;

const timeout = 30_000;

export function fhirRecordLooks(o: RecordsOptions): RecordLooksCounter {
  return async (environment, asked) => {
    const base = o.environments[environment];
    if (base === undefined) return undefined;
    const token = await recordsToken(o, { audience: base, scope: 'system/Patient.rs dhp.identity-evidence' });
    const parameter = asked.map(({ patient, account, since, until }) => ({
      name: 'record',
      part: Object.entries({ patient, account, since: since.toISOString(), until: until.toISOString() }).map(
        ([name, valueString]) => ({ name, valueString }),
      ),
    }));
    const response = await fetch(`${o.fhirUrls?.[environment] ?? base}/Patient/$record-looks`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'content-type': 'application/fhir+json',
      },
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
      signal: AbortSignal.timeout(timeout),
      redirect: 'error',
    }).catch(() => undefined);
    if (response?.status !== 200) return undefined;
    const { looks } = (await response.json()) as { looks?: unknown };
    const isWhole =
      Array.isArray(looks) && looks.length === asked.length && looks.every((one) => Number.isSafeInteger(one));
    return isWhole ? (looks as number[]) : undefined;
  };
}
