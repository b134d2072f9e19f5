/**
 * The Provenance of resources that the platform itself stores in an environment, stored in the same transaction: their source, and who
 * requested it. https://hl7.org/fhir/R5/provenance.html
 */
import { scanJson, uuidv7 } from '@dhp/fhir-model';
import type { TransactionWrite } from '@dhp/fhir-store';

/** The write that states the source of other writes of the same transaction. */
export function provenanceOf(o: {
  /** Such as `CodeSystem/icd-10/_history/2`, with the version if known. */
  readonly targets: readonly string[];
  /** Identifies the source, with its version: such as `hl7.fhir.uv.ips@2.0.0`. */
  readonly source: { readonly system: string; readonly value: string };
  /** Name of the operator, or `start` for acts of a starting server. */
  readonly by: string;
}): TransactionWrite {
  const { targets, source, by } = o;
  const type = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';
  const resource = {
    resourceType: 'Provenance',
    target: targets.map((reference) => ({ reference })),
    recorded: new Date().toISOString(),
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' }] },
    agent: [
      {
        type: { coding: [{ system: type, code: 'enterer', display: 'Enterer' }] },
        // As in the AuditEvents of operators' acts.
        who: { identifier: { system: 'urn:dhp:sso:actor', value: `cli:${by}` } },
      },
    ],
    entity: [{ role: 'source', what: { identifier: source } }],
  };
  return {
    ...{ kind: 'create', id: uuidv7(), type: 'Provenance' },
    ...{ source: scanJson(JSON.stringify(resource)), resource },
  };
}
