/**
 * Requests over HTTP about the access policies of the FHIR servers, their queues of broken glass, legal holds, jobs and subscriptions, with
 * a token that permits nothing else, on behalf of the acting person or client. docs/decisions/0052-administration-of-access.md
 */
import { AdministrationError, type AdministrationErrorKind, type EnvironmentName } from '@dhp/sso-kit';
import { correlationId } from '@dhp/sso-kit/request';
import { recordsToken, type RecordsOptions } from './records-token.ts';

export interface AccessAdministration {
  /**
   * Requests an act.
   * @param o.subject the account or the client that acts
   * @throws AdministrationError for an error of the environment, and if it is not served or does not answer
   */
  ask(o: {
    readonly environment: EnvironmentName;
    readonly subject: string;
    readonly act: string;
    readonly asked: Readonly<Record<string, unknown>>;
  }): Promise<Record<string, unknown>>;
}

/** Milliseconds. Longer than for lists: a draft is compared for thousands of callers. */
const timeout = 30_000;

const kinds: readonly AdministrationErrorKind[] = [
  'invalid-policies',
  'policies-changed',
  'unknown-version',
  'unknown-glass',
  'unknown-hold',
  'unknown-job',
  'unknown-subscription',
  'own-emergency',
  'too-many-callers',
  'invalid-value',
];

export function fhirAccessAdministration(o: RecordsOptions): AccessAdministration {
  return {
    async ask({ environment, subject, act, asked }) {
      const base = o.environments[environment];
      if (base === undefined)
        throw new AdministrationError('environment-absent', `The ${environment} is not served by this installation`);
      const scope = 'dhp.access-administration';
      const token = await recordsToken(o, { audience: base, scope, subject });
      const id = correlationId();
      const parameter = [{ name: 'asked', valueString: JSON.stringify(asked) }];
      const answered = await fetch(`${o.fhirUrls?.[environment] ?? base}/$access-administration?act=${act}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          'content-type': 'application/fhir+json',
          ...(id !== undefined && { 'x-request-id': id }),
        },
        body: JSON.stringify({ resourceType: 'Parameters', parameter }),
        signal: AbortSignal.timeout(timeout),
        redirect: 'error',
      })
        .then(async (response) => ({ status: response.status, body: (await response.json()) as Answered }))
        .catch(() => undefined);
      if (answered?.status === 200) return answered.body;
      throw refusalOf(environment, answered?.body);
    },
  };
}

interface Answered extends Record<string, unknown> {
  readonly problem?: unknown;
  readonly message?: unknown;
}

function refusalOf(environment: EnvironmentName, body: Answered | undefined): AdministrationError {
  const kind = kinds.find((one) => one === body?.problem);
  if (kind !== undefined) return new AdministrationError(kind, String(body?.message));
  return new AdministrationError(
    'environment-away',
    `The ${environment} does not answer now; nothing may have been done`,
  );
}
