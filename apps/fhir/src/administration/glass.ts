/** The queue of broken glass, for the data protection officer. docs/access.md */
import type { Call, Services } from '../contract/interaction.ts';
import { type Asked, optionalText, textIn } from './asked.ts';
import { Problem } from './problem.ts';

/** Entries of one list. */
const limit = 200;

/** The patients of the entries are in the record of the request. */
export async function listGlass({ unguarded }: Services, asked: Asked, { recording }: Call): Promise<unknown> {
  const id = optionalText(asked, 'id') ?? null;
  // A malformed id is the id of no record.
  if (id !== null && !/^\d{1,18}$/.test(id)) return { glass: [], hasMore: false };
  const glass = await unguarded.accessAdministration.glass({ all: asked['all'] === true, limit: limit + 1, id });
  const shown = glass.slice(0, limit);
  for (const { patient } of shown) recording?.patients.add(patient);
  return { glass: shown, hasMore: glass.length > limit };
}

/** A verdict stands, and nobody gives one on the own emergency. */
export async function reviewGlass({ unguarded }: Services, asked: Asked, { recording }: Call): Promise<unknown> {
  const [id, by, note, given] = ['id', 'by', 'note', 'verdict'].map((name) => textIn(asked, name)) as [
    ...[string, string, string, string],
  ];
  const verdict = (['justified', 'unjustified'] as const).find((one) => one === given);
  if (verdict === undefined) throw new Problem(400, 'invalid-value', 'verdict is justified or unjustified.');
  const { accessAdministration } = unguarded;
  const absent = new Problem(404, 'unknown-glass', `There is no entry ${id.slice(0, 20)} that is to be reviewed.`);
  if (!/^\d{1,18}$/.test(id)) throw absent;
  const [entry] = await accessAdministration.glass({ all: false, limit: 1, id });
  if (entry === undefined) throw absent;
  if (by === `account:${entry.subject}`)
    throw new Problem(403, 'own-emergency', 'Nobody reviews an emergency of their own: somebody else does.');
  recording?.patients.add(entry.patient);
  if (!(await accessAdministration.review({ id, verdict, note, by }))) throw absent;
  return { id, verdict };
}
