/** HL7's snapshot cases, which are beside the repository: a differential, and the snapshot that it has to come to, or that it has none. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { xmlToJson } from '@dhp/fhir-xml';
import type { Json } from '../../packages/fhir-validation/test/published.ts';

const archive = fileURLToPath(new URL('../../../shared/cases/snapshot.tar.xz', import.meta.url));

export const noSnapshotCases: string | false = existsSync(archive) ? false : `${archive} is not here`;

export interface SnapshotCase {
  readonly id: string;
  /** No snapshot can be made. */
  readonly fails: boolean;
  readonly input: Json;
  readonly expected: Json | undefined;
}

export interface SnapshotCases {
  readonly cases: readonly SnapshotCase[];
  /** Cases whose files are of another version of FHIR, or not there. */
  readonly unreadable: readonly string[];
  /** All definitions of the cases, which stand on each other. */
  readonly definitions: readonly Json[];
}

/** Unpacks the cases into a temporary folder, and reads them. @throws Error where there is no `tar` or `xz` */
export function readSnapshotCases(): SnapshotCases {
  const folder = mkdtempSync(join(tmpdir(), 'dhp-snapshots-'));
  try {
    execFileSync('tar', ['-xJf', archive, '-C', folder]);
    const names = readdirSync(folder).filter((name) => /\.(?:xml|json)$/.test(name) && name !== 'manifest.xml');
    const files = new Map(names.map((name) => [name, resourceIn(join(folder, name))]));
    return {
      ...inManifest(readFileSync(join(folder, 'manifest.xml'), 'utf8'), files),
      definitions: definitionsIn(files),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Files = ReadonlyMap<string, Json | undefined>;

const definitionsIn = (files: Files): Json[] =>
  [...files.values()].filter((one) => one?.['resourceType'] === 'StructureDefinition').map((one) => one!);

function resourceIn(file: string): Json | undefined {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(file.endsWith('.json') ? text : xmlToJson(text)) as Json;
  } catch {
    return undefined;
  }
}

function inManifest(manifest: string, files: Files): Omit<SnapshotCases, 'definitions'> {
  const cases: SnapshotCase[] = [];
  const unreadable: string[] = [];
  const fileOf = (id: string, ...kinds: readonly string[]): Json | undefined =>
    kinds
      .flatMap((kind) => [`${id}-${kind}.xml`, `${id}-${kind}.json`])
      .map((name) => files.get(name))
      .find(Boolean);
  for (const [, attributes = ''] of manifest.matchAll(/<test ([^>]*?)\/?>/g)) {
    const id = /\bid="([^"]*)"/.exec(attributes)?.[1] ?? '';
    const include = /\binclude="([^"]*)"/.exec(attributes)?.[1] ?? id;
    const fails = attributes.includes('fail="true"');
    const input = fileOf(id, 'input') ?? fileOf(include, 'input');
    const expected = fileOf(id, 'expected', 'output');
    if (input === undefined || (expected === undefined && !fails)) unreadable.push(id);
    else cases.push({ id, fails, input, expected });
  }
  return { cases, unreadable };
}
