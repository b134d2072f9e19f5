/** The manifests of a submission, fetched: the files that each names. https://build.fhir.org/ig/HL7/bulk-data/StructureDefinition-BulkDataManifest.html */
import { isResourceType } from '@dhp/fhir-model';
import type { FileHeaders, Imports, NewInput, SubmittedManifest } from '../../contract/imports.ts';
import { Failure } from '../../http/errors.ts';
import { unusable } from '../import/fetch.ts';
import { isObject } from '../input.ts';

/** Bytes of a manifest, and manifests that link to each other. */
const mostBytes = 4 * 1024 ** 2;
const mostPages = 100;

/** A manifest whose header fields can be sent. */
export type OpenManifest = Omit<SubmittedManifest, 'headers'> & { readonly headers: FileHeaders };

/**
 * The files of a manifest and of those to which it links (`next`).
 * @param room the most files
 * @throws Failure (`import-source-failed`) if it cannot be fetched, or requires something unsupported
 */
export async function filesOf(
  { outbound, most }: Imports,
  { url, headers, number }: OpenManifest,
  { room, signal }: { readonly room: number; readonly signal: AbortSignal },
): Promise<NewInput[]> {
  const files: NewInput[] = [];
  const seen = new Set<string>();
  for (let next: string | undefined = url; next !== undefined;) {
    if (seen.has(next) || seen.size >= mostPages)
      throw unusable(url, `it links to more than ${String(mostPages)} manifests, or to one of them again`);
    seen.add(next);
    const manifest = await fetched(next);
    for (const file of listOf(next, manifest, 'output')) files.push(inputOf(next, file, number));
    if (files.length > room)
      throw unusable(url, `it names more than the ${String(room)} files for which there is room`);
    next = nextOf(next, manifest);
  }
  return files;

  async function fetched(page: string): Promise<Record<string, unknown>> {
    const { status, body } = await outbound(page, {
      ...{ method: 'GET', maxBytes: mostBytes, timeout: most.time, idle: most.idle, signal },
      headers: { accept: 'application/json', ...headers },
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw unusable(page, error instanceof Error ? error.message : String(error));
    });
    if (status !== 200) throw unusable(page, `it was answered with ${String(status)}, not with 200`);
    return supported(page, body);
  }
}

/** Fails for a manifest that requires more than writing the files of `output`: a part alone would be taken for the whole. */
function supported(page: string, body: string): Record<string, unknown> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(body);
  } catch {
    throw unusable(page, 'it is no JSON');
  }
  if (!isObject(manifest)) throw unusable(page, 'it is no JSON object');
  if (listOf(page, manifest, 'deleted').length > 0)
    throw unusable(page, 'it has deleted, which is not done by a submission: delete by $bulk-delete');
  if (manifest['outputOrganizedBy'] !== undefined && manifest['outputOrganizedBy'] !== '')
    throw unusable(page, 'its files are organized by resource (outputOrganizedBy); here they are read by type');
  return manifest;
}

function listOf(page: string, manifest: Record<string, unknown>, name: string): unknown[] {
  const list = manifest[name] ?? [];
  if (!Array.isArray(list)) throw unusable(page, `its ${name} is no array`);
  return list as unknown[];
}

function inputOf(page: string, file: unknown, manifest: number): NewInput {
  const { type = '', url } = isObject(file) ? file : {};
  if (typeof url !== 'string' || url.length > 4_000 || !URL.canParse(url))
    throw unusable(page, 'a file of its output has no absolute url');
  if (type !== '' && (typeof type !== 'string' || !isResourceType(type)))
    throw unusable(page, `${JSON.stringify(type).slice(0, 100)} is no resource type of R5`);
  return { source: url, type, manifest };
}

function nextOf(page: string, manifest: Record<string, unknown>): string | undefined {
  const next = listOf(page, manifest, 'link').find((link) => isObject(link) && link['relation'] === 'next');
  if (next === undefined) return undefined;
  const { url } = next as Record<string, unknown>;
  if (typeof url !== 'string' || !URL.canParse(url)) throw unusable(page, 'its link next has no absolute url');
  return url;
}

/** The files of all manifests; one that cannot be fetched is represented by its failure. @param outcomeOf as JSON */
export async function filesOfAll(
  imports: Imports,
  manifests: readonly OpenManifest[],
  { signal, outcomeOf }: { readonly signal: AbortSignal; readonly outcomeOf: (failure: Failure) => string },
): Promise<NewInput[]> {
  const all: NewInput[] = [];
  for (const manifest of manifests) {
    if (manifest.replaced) continue;
    try {
      all.push(...(await filesOf(imports, manifest, { room: imports.most.inputs - all.length, signal })));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      all.push({ source: manifest.url, type: '', manifest: manifest.number, failure: outcomeOf(error) });
    }
  }
  return all;
}
