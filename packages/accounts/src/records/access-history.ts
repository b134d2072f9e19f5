/** Requests that touched the record of a person, fetched from the FHIR servers over HTTP with a token of the person. docs/access.md */
import type { Language } from '@dhp/negotiation';
import type { EnvironmentName } from '@dhp/sso-kit';
import { recordsToken, type RecordsOptions } from './records-token.ts';

/** One request that touched the record. */
export interface Look {
  readonly time: Date;
  /** `C`, `R`, `U`, `D` or `E`: created, read, changed, deleted, other. */
  readonly action: string;
  /** Type of the resource, if the request was for one. */
  readonly type: string | undefined;
  readonly wasRefused: boolean;
  /** The account of the requesting person, and the client. */
  readonly account: string | undefined;
  readonly client: string | undefined;
  /** Whether the patient, or somebody on the patient's behalf, made the request. */
  readonly byPatient: boolean;
  /** Whether the glass was broken for it. */
  readonly wasEmergency: boolean;
}

export interface Looks {
  readonly looks: readonly Look[];
  /** Notices about emergencies in which the record was opened, in the requested language; only on the first page. */
  readonly notices: readonly string[];
  /** Of the next page, if there is one. */
  readonly cursor: string | undefined;
}

export interface AccessHistory {
  /** @returns undefined if the environment keeps no such records, or does not answer now */
  of(o: {
    readonly environment: EnvironmentName;
    readonly patient: string;
    readonly accountId: string;
    readonly language: Language;
    readonly cursor?: string | undefined;
  }): Promise<Looks | undefined>;
}

interface AuditEvent {
  readonly resourceType: 'AuditEvent';
  readonly recorded: string;
  readonly action?: string;
  readonly outcome?: { readonly code?: { readonly code?: string } };
  readonly agent?: readonly {
    readonly who?: { readonly identifier?: { readonly system?: string; readonly value?: string } };
    readonly authorization?: readonly { readonly coding?: readonly { readonly code?: string }[] }[];
  }[];
  readonly entity?: readonly { readonly what?: { readonly reference?: string }; readonly query?: string }[];
}

interface Outcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly { readonly details?: { readonly text?: string } }[];
}

const timeout = 10_000;
const count = 50;

export function fhirAccessHistory(o: RecordsOptions): AccessHistory {
  return {
    async of({ environment, patient, accountId, language, cursor }) {
      const base = o.environments[environment];
      if (base === undefined) return undefined;
      const asker = { accountId, fhirUser: `${base}/Patient/${patient}`, policies: undefined };
      const token = await recordsToken(o, { audience: base, scope: 'user/AuditEvent.s', asker });
      const query = new URLSearchParams({ _count: String(count), ...(cursor !== undefined && { _cursor: cursor }) });
      const path = `Patient/${encodeURIComponent(patient)}/$access-history?${query.toString()}`;
      const response = await fetch(`${o.fhirUrls?.[environment] ?? base}/${path}`, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/fhir+json', 'accept-language': language },
        signal: AbortSignal.timeout(timeout),
        redirect: 'error',
      }).catch(() => undefined);
      if (response?.status !== 200) return undefined;
      const { entry = [], link = [] } = (await response.json()) as {
        entry?: { resource: AuditEvent | Outcome }[];
        link?: { relation: string; url: string }[];
      };
      const next = link.find(({ relation }) => relation === 'next');
      return {
        looks: entry.flatMap(({ resource }) => (resource.resourceType === 'AuditEvent' ? [lookOf(resource)] : [])),
        notices: entry.flatMap(({ resource }) =>
          resource.resourceType === 'AuditEvent' ? [] : resource.issue.flatMap(({ details }) => details?.text ?? []),
        ),
        cursor: next === undefined ? undefined : (new URL(next.url).searchParams.get('_cursor') ?? undefined),
      };
    },
  };
}

type Authorization = NonNullable<NonNullable<AuditEvent['agent']>[number]['authorization']>;

function codesOf(authorization: Authorization = []): (string | undefined)[] {
  return authorization.flatMap(({ coding = [] }) => coding.map(({ code }) => code));
}

function lookOf({ recorded, action = 'E', outcome, agent = [], entity = [] }: AuditEvent): Look {
  const named = (system: string): string | undefined =>
    agent.find(({ who }) => who?.identifier?.system === system)?.who?.identifier?.value;
  const reference = entity.map(({ what }) => what?.reference).find((one) => one !== undefined);
  const query = entity.map((one) => one.query).find((one) => one !== undefined);
  const searched = query === undefined ? undefined : Buffer.from(query, 'base64').toString().replace(/\?.*/s, '');
  return {
    time: new Date(recorded),
    action,
    type: reference?.replace(/\/.*/s, '') ?? (searched === '' ? undefined : searched),
    wasRefused: outcome?.code?.code !== 'success',
    account: named('urn:dhp:sso:account'),
    client: named('urn:dhp:sso:client'),
    byPatient: agent.some(({ authorization }) => codesOf(authorization).includes('PATRQT')),
    wasEmergency: agent.some(({ authorization }) => codesOf(authorization).includes('ETREAT')),
  };
}
