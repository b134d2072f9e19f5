import type { DraftConcept } from './code-system.ts';
import { readTable } from './delimited.ts';
import { filesLike, type Release } from './release.ts';

interface LoincAnswers {
  /** Answer lists (`LL…`) with their answers in order, and answers (`LA…`). */
  readonly concepts: readonly DraftConcept[];
  /** The answer lists of each term. */
  readonly listsOf: ReadonlyMap<string, readonly string[]>;
}

/** `AnswerFile/AnswerList.csv` and `AnswerFile/LoincAnswerListLink.csv`; empty for an archive without them. */
export async function readAnswers(release: Release): Promise<LoincAnswers> {
  const lists = new Map<string, { name: string; answers: { code: string; place: number }[] }>();
  const answers = new Map<string, string>();
  const [file] = filesLike(release, /(^|\/)AnswerFile\/AnswerList\.csv$/i);
  if (file !== undefined) {
    const { rows } = await readTable(file, ['AnswerListId', 'AnswerListName', 'AnswerStringId', 'DisplayText']);
    for await (const row of rows) {
      const id = row('AnswerListId');
      const list = lists.get(id) ?? { name: row('AnswerListName'), answers: [] };
      lists.set(id, list);
      const code = row('AnswerStringId');
      if (code === '') continue; // of a list that is stored elsewhere
      list.answers.push({ code, place: Number(row('SequenceNumber')) || list.answers.length + 1 });
      if (!answers.has(code)) answers.set(code, row('DisplayText'));
    }
  }
  const concepts: DraftConcept[] = [];
  for (const [code, list] of lists) {
    const ordered = list.answers.toSorted((a, b) => a.place - b.place);
    const property = ordered.map((answer) => ({ code: 'answer', valueCode: answer.code }));
    concepts.push({ code, display: list.name, property, parents: [] });
  }
  for (const [code, display] of answers) concepts.push({ code, display, parents: [] });
  return { concepts, listsOf: await readLinks(release, lists) };
}

async function readLinks(
  release: Release,
  lists: ReadonlyMap<string, unknown>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const listsOf = new Map<string, string[]>();
  const [file] = filesLike(release, /(^|\/)AnswerFile\/LoincAnswerListLink\.csv$/i);
  if (file === undefined) return listsOf;
  const { rows } = await readTable(file, ['LoincNumber', 'AnswerListId']);
  for await (const row of rows) {
    const [term, list] = [row('LoincNumber'), row('AnswerListId')];
    if (!lists.has(list)) continue;
    const own = listsOf.get(term);
    if (own === undefined) listsOf.set(term, [list]);
    else if (!own.includes(list)) own.push(list);
  }
  return listsOf;
}
