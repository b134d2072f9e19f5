/** The Provenance of a part of an import, stored with its resources by the platform itself. https://hl7.org/fhir/R5/provenance.html */
import { scanJson, uuidv7 } from '@dhp/fhir-model';
import { formatInstant } from '@dhp/fhir-model/instant';
import type { StoredVersion, TransactionWrite } from '@dhp/fhir-store';

export interface ImportedPart {
  readonly job: string;
  readonly client: string;
  readonly source: string;
  /** SHA-256 of all lines of the input, and the first and last one of the part. */
  readonly digest: Buffer;
  readonly lines: readonly [first: number, last: number];
  readonly time: Date;
  readonly timeZone: string;
}

/** Most versions that one Provenance names: a reader is shown those that it may see, so each is checked. */
const mostTargets = 250;

/** They name each version that was stored. None if none was. */
export function provenanceOf(part: ImportedPart, stored: readonly StoredVersion[]): TransactionWrite[] {
  const count = Math.ceil(stored.length / mostTargets);
  return Array.from({ length: count }, (_, n) =>
    provenanceOfSome(part, stored.slice(n * mostTargets, (n + 1) * mostTargets)),
  );
}

function provenanceOfSome(part: ImportedPart, stored: readonly StoredVersion[]): TransactionWrite {
  const { job, client, source, digest, lines, time, timeZone } = part;
  const from = source === '' ? `urn:uuid:${job}` : source;
  const resource = {
    resourceType: 'Provenance',
    target: stored.map(({ type, id, versionId }) => ({ reference: `${type}/${id}/_history/${String(versionId)}` })),
    recorded: formatInstant(time, timeZone),
    activity: { text: 'bulk import' },
    agent: [{ who: { identifier: { value: client } } }],
    entity: [
      {
        role: 'source',
        what: {
          identifier: { system: 'urn:ietf:rfc:3986', value: from },
          display: `lines ${String(lines[0])} to ${String(lines[1])} of sha256:${digest.toString('hex')}`,
        },
      },
    ],
  };
  const text = scanJson(JSON.stringify(resource));
  return { kind: 'create', id: uuidv7(), type: 'Provenance', source: text, resource };
}
