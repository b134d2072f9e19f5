/** The result of a bulk deletion: counts by type, and refusals. docs/bulk-export.md */
import type { DeletionStore } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import type { Services } from '../../contract/interaction.ts';
import { rejectsName } from '../import/result.ts';
import type { DeletionMode } from './asked.ts';

type DeletionCount = Awaited<ReturnType<DeletionStore['countsOf']>>[number];

interface Of {
  readonly id: string;
  /** URL of the kick-off. */
  readonly request: string;
  readonly expires: Date;
  readonly mode: DeletionMode;
}

export async function deletionManifest(
  { deletions, baseUrl }: Services,
  { id, request, expires, mode }: Of,
): Promise<Answer> {
  const counts = await deletions.countsOf(id);
  const refused = counts.reduce((sum, { state, count }) => sum + (state === 'refused' ? count : 0), 0);
  const url = `${baseUrl}/$job/${id}/${rejectsName}`;
  const body = {
    ...{ request, requiresAccessToken: true, mode },
    total: counts.reduce((sum, { count }) => sum + count, 0),
    output: Object.entries(Object.groupBy(counts, ({ type }) => type)).map(([type, of = []]) => told(type, of, mode)),
    error: refused === 0 ? [] : [{ type: 'OperationOutcome', url, count: refused }],
  };
  const headers = {
    'content-type': 'application/json',
    expires: expires.toUTCString(),
    'cache-control': 'private, no-cache',
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}

function told(type: string, counts: readonly DeletionCount[], mode: DeletionMode): object {
  const of = (state: DeletionCount['state']): number => counts.find((each) => each.state === state)?.count ?? 0;
  const found = counts.reduce((sum, { count }) => sum + count, 0);
  if (mode === 'count') return { type, found };
  return { type, found, deleted: of('deleted'), gone: of('gone'), refused: of('refused') };
}

/** Lines that are read at a time. */
const most = 500;

/** A line for each that was refused: its address and an OperationOutcome. */
export async function* refusedOf(deletions: DeletionStore, id: string): AsyncGenerator<Buffer> {
  for (let behind = -1; ;) {
    const items = await deletions.refusedOf(id, { behind, most });
    const lines = items.map((item) => `{"reference":"${item.type}/${item.id}","outcome":${item.outcome}}\n`);
    if (lines.length > 0) yield Buffer.from(lines.join(''));
    const last = items.at(-1);
    if (last === undefined || items.length < most) return;
    behind = last.number;
  }
}
