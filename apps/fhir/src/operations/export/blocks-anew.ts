/** Makes a file with blocks of patients again after a change of the rules: with the resources that the caller still sees, as shown now. */
import type { StoredVersion } from '@dhp/fhir-store';
import type { SnapshotTimes } from '@dhp/fhir-store/jobs';
import { seenNow } from '../../access/seen-snapshot.ts';
import type { Services } from '../../contract/interaction.ts';
import type { StoredFile } from '../../contract/job-files.ts';
import { linesIn } from './recheck.ts';
import { addName, pagesOf } from './targets.ts';

/** The type of a header, which no stored resource has. */
export const headerType = 'Parameters';

/** Lines that are asked about together. */
const together = 1_000;

interface Line {
  readonly type: string;
  readonly id: string;
  readonly line: Buffer;
}

/** Lines with the types of their resources. A header comes where something of its block is left. */
export async function* blocksAnew(
  services: Services,
  times: SnapshotTimes,
  stored: StoredFile,
  lineOf: (version: StoredVersion) => Buffer,
): AsyncGenerator<[type: string, line: Buffer], void> {
  let header: Line | undefined;
  let lines: Line[] = [];
  async function* made(): AsyncGenerator<[type: string, line: Buffer], void> {
    const left = await stillSeen(services, times, lines, lineOf);
    for (const one of lines) {
      if (one.type === headerType) header = one;
      const line = left.get(`${one.type}/${one.id}`);
      if (line === undefined) continue;
      if (header !== undefined) yield [headerType, header.line];
      header = undefined;
      yield [one.type, line];
    }
    lines = [];
  }
  for await (const line of linesIn(stored)) {
    const { resourceType: type, id = '' } = JSON.parse(line.toString('utf8')) as { resourceType: string; id?: string };
    lines.push({ type, id, line });
    if (lines.length === together) yield* made();
  }
  yield* made();
}

/** New lines by `Type/id`. */
async function stillSeen(
  services: Services,
  times: SnapshotTimes,
  lines: readonly Line[],
  lineOf: (version: StoredVersion) => Buffer,
): Promise<ReadonlyMap<string, Buffer>> {
  const names = new Map<string, Set<string>>();
  for (const { type, id } of lines) if (type !== headerType) addName(names, type, id);
  const left = new Map<string, Buffer>();
  for await (const [type, page] of pagesOf(services, names, { until: times.until }))
    for (const version of await seenNow(services, page)) left.set(`${type}/${version.id}`, lineOf(version));
  return left;
}
