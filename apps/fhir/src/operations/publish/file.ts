/** A published file: all resources of a type in their state when one of them was last stored. docs/decisions/0164-bulk-publish.md */
import type { StoredVersion } from '@dhp/fhir-store';
import { seenNow, storedPage } from '../../access/seen-snapshot.ts';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { fhirLines } from '../../http/respond.ts';
import { failureOf, requireSystem } from '../export/asked.ts';
import { withAbsoluteAttachments } from '../export/attachments.ts';
import { lineOf } from '../export/lines.ts';
import { cacheControl, publishInteraction, readName, requirePublishing } from './published.ts';

/**
 * The lines, each as the caller sees it at this moment. Fails with `published-file-unknown` for a name that no manifest of the last day had, and with
 * `scope-insufficient` or `policy-refuses` for a type that the caller may not read and search.
 */
export async function publishedFile(services: Services, call: Call): Promise<Answer> {
  const publishing = requirePublishing(services);
  requireSystem(call, publishInteraction);
  const asked = readName(call.id);
  if (asked === undefined || !publishing.types.includes(asked.type)) unknown(call);
  const { type, stored } = asked;
  const failed = failureOf(services, call, type, publishInteraction);
  if (failed !== undefined) throw failed;
  const { until } = await publishing.state(stored);
  // A file for a future time would differ at each request.
  if (!(stored < until) || !(await publishing.isKept(type, stored))) unknown(call);
  const headers = {
    'content-type': fhirLines,
    'cache-control': cacheControl(publishing, 3_600),
    vary: 'Authorization',
  };
  return { status: 200, headers, stream: lines(services, type, stored), isNoted: true };
}

async function* lines(services: Services, type: string, stored: Date): AsyncGenerator<Buffer> {
  const until = new Date(stored.getTime() + 1);
  for (let behind: string | undefined = ''; behind !== undefined;) {
    const { versions, last } = await storedPage(services, type, { until }, behind);
    const seen = await seenNow(
      services,
      versions.filter((version) => !version.deleted && isOfRegister(services, version)),
    );
    const made = seen.map(({ content }) =>
      lineOf({ type, content: withAbsoluteAttachments(type, content, services.baseUrl) }, undefined),
    );
    if (made.length > 0) yield Buffer.concat(made);
    behind = last;
  }
}

/** The place where a patient lives, https://terminology.hl7.org/CodeSystem-v3-RoleCode.html */
const residence = /"PTRES"/;

/** Letters may be written as escapes, as JSON permits: the code may hide in them. */
function isResidence(content: Buffer): boolean {
  const text = content.toString('utf8');
  return residence.test(text.includes('\\u') ? JSON.stringify(JSON.parse(text)) : text);
}

/** A resource that refers to a Patient by any element, or describes a patient's residence, does not belong to a register. */
function isOfRegister({ baseUrl }: Services, { type, content }: StoredVersion): boolean {
  const patients = new Set<string>();
  patientsIn(content, baseUrl, patients);
  return patients.size === 0 && !(type === 'Location' && isResidence(content));
}

function unknown({ id }: Call): never {
  const diagnostics = `There is no published file ${JSON.stringify(id.slice(0, 100))}. GET [base]/$bulk-publish names those that there are.`;
  fail('published-file-unknown', {}, { diagnostics });
}
