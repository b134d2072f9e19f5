/** Policies that label codes, resources with such codes, and the labels in an answer. */
import type { PolicySet } from '@dhp/access-policies';

export const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
export const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
export const hiv = `${act}|HIV`;
export const psychiatric = `${act}|PSY`;
export const restricted = `${confidentiality}|R`;

/** The client `cleared` may see resources labelled for HIV; nobody may see those labelled for psychiatry. */
export const labelling: PolicySet = {
  ...{ others: 'as-scoped', rules: [] },
  labels: {
    rules: [
      { name: 'hiv', labels: [hiv, restricted], codes: ['urn:c|hiv'] },
      { name: 'psychiatry', labels: [psychiatric], codes: ['urn:c|psy'] },
    ],
    clearances: [{ name: 'infectious', who: { client: ['cleared'] }, labels: [hiv, restricted] }],
  },
};

export const subject = { reference: 'Patient/p' };

/** Returns an Observation of the patient `p` with a code of `urn:c`, such as `hiv`; without an id for one to be created. */
export function observation(id: string | undefined, code: string, more: object = {}): Record<string, unknown> {
  return {
    ...{ resourceType: 'Observation', ...(id !== undefined && { id }), status: 'final', subject },
    ...{ code: { coding: [{ system: 'urn:c', code }] }, ...more },
  };
}

interface Coding {
  readonly system: string;
  readonly code: string;
  readonly extension?: readonly { readonly url: string }[];
}

export const securityOf = (resource: unknown): readonly Coding[] =>
  (resource as { meta?: { security?: readonly Coding[] } }).meta?.security ?? [];

/** Labels that the server has set, as `system|code`. */
export const byServer = (resource: unknown): string[] =>
  securityOf(resource).flatMap((one) =>
    one.extension?.[0]?.url === 'urn:dhp:label-of-server' ? [`${one.system}|${one.code}`] : [],
  );
