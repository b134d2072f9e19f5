/**
 * Finds the records of the FHIR servers that contain a person's PINFL, and their writers; asked over HTTP, with a token that permits
 * nothing else. https://hl7.org/fhir/R5/datatypes.html#Identifier
 */
import type { Identity } from '../store/accounts.ts';
import type { EnvironmentName } from '@dhp/sso-kit';
import { recordsToken, type RecordsOptions } from './records-token.ts';

/** Writer of the version that added the PINFL to a record, as the FHIR server recorded it. */
export interface RecordWriter {
  /** `internal`: the platform itself, for instance when it generates the synthetic population. */
  kind: 'internal' | 'system' | 'user' | 'patient';
  client?: string;
}

export interface FoundRecord extends Identity {
  /** Absent if it is not known, as for versions stored before writers were recorded. */
  writer?: RecordWriter | undefined;
}

/** @throws Error if a server does not answer */
export type Directory = (pinfl: string) => Promise<FoundRecord[]>;

/** Identifier system of the PINFL in the national profiles. */
export const pinflSystem = 'https://dhp.uz/fhir/core/sid/pid/uz/ni';
const types = ['Patient', 'Practitioner'] as const;
const timeout = 10_000;

/** @param o.trusted the environments that are asked */
export function fhirDirectory(o: RecordsOptions & { trusted: readonly EnvironmentName[] }): Directory {
  async function ask(
    environment: EnvironmentName,
    base: string,
    type: (typeof types)[number],
    pinfl: string,
  ): Promise<FoundRecord[]> {
    const token = await recordsToken(o, { audience: base, scope: `system/${type}.rs dhp.identity-evidence` });
    const parameter = [{ name: 'identifier', valueIdentifier: { system: pinflSystem, value: pinfl } }];
    const response = await fetch(`${o.fhirUrls?.[environment] ?? base}/${type}/$identity-evidence`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'content-type': 'application/fhir+json',
      },
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
      signal: AbortSignal.timeout(timeout),
      redirect: 'error',
    });
    if (response.status !== 200) throw new Error(`${base}/${type} answers ${String(response.status)}`);
    const { records } = (await response.json()) as { records: { id: string; writer: RecordWriter | null }[] };
    return records.map(({ id, writer }) => ({ environment, type, fhir_id: id, ...(writer !== null && { writer }) }));
  }

  return async (pinfl) => {
    const found: FoundRecord[] = [];
    for (const environment of o.trusted) {
      const base = o.environments[environment];
      if (base === undefined) continue;
      for (const type of types) found.push(...(await ask(environment, base, type, pinfl)));
    }
    return found;
  };
}
