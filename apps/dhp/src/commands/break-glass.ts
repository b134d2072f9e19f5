/** `dhp glass list|review`: emergencies in which the glass was broken, for reviewers. docs/access.md */
import { operatingSystemUser } from '@dhp/sso-kit';
import { reviewGlass, selectBrokenGlass, type BrokenGlass } from '@dhp/fhir-store/access-policies';
import type { Sql } from '@dhp/postgres';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext, withOwnedDatabase } from '../context.ts';
import { progressOn, silent } from '../progress.ts';
import { said } from './policy-document.ts';
import { print, table } from '../output.ts';
import { environment, environmentOf, json, reasonOf, textOf } from './shared.ts';

/** Entries of one list. */
const limit = 1_000;

/** As the owner of the tables: no server writes a verdict. */
function work<Result>(values: Values, act: (sql: Sql) => Promise<Result>): Promise<Result> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  return withOwnedDatabase(context, environmentOf(values), act);
}

const list: Command = {
  name: 'glass list',
  summary: 'List the emergencies in which somebody has broken the glass and that nobody has reviewed, the oldest first',
  options: { all: { type: 'boolean', help: 'also those that are reviewed' }, environment, json },
  examples: ['dhp glass list --environment production'],
  run: async (values) => {
    const broken = await work(values, (sql) => selectBrokenGlass(sql, { all: values['all'] === true, limit }));
    if (values['json'] === true) print({ glass: broken });
    else if (broken.length === 0) process.stdout.write(`${said().glass.none}\n`);
    else process.stdout.write(table(['ID', 'SINCE', 'WHO', 'CLIENT', 'PATIENT', 'REASON', 'VERDICT'], broken.map(row)));
    return 0;
  },
};

function row({ id, since, person, subject, client, patient, reason, verdict }: BrokenGlass): string[] {
  return [id, since.toISOString(), person ?? subject, client, patient, reason, verdict ?? ''];
}

const review: Command = {
  name: 'glass review',
  summary: 'Say of an emergency whether it was one; the verdict stands',
  argument: 'ID',
  options: {
    verdict: { type: 'string', value: 'WORD', required: true, help: 'justified or unjustified' },
    reason: { type: 'string', value: 'TEXT', required: true, help: 'what was found' },
    environment,
    json,
  },
  examples: [
    "dhp glass review 7 --verdict justified --reason 'unconscious, seen by the ward' --environment production",
  ],
  run: async (values, id) => {
    const verdict = (['justified', 'unjustified'] as const).find((one) => one === textOf(values, 'verdict'));
    if (verdict === undefined) throw new UsageError(said().glass.verdict);
    const note = reasonOf(values) ?? '';
    if (note.trim() === '') throw new UsageError(said().glass.reason);
    const isKnown = /^\d{1,18}$/.test(id);
    const isReviewed =
      isKnown &&
      (await work(values, (sql) => reviewGlass(sql, { id, verdict, note, by: `cli:${operatingSystemUser()}` })));
    if (!isReviewed) throw new UsageError(said().glass.unknown({ id }));
    if (values['json'] === true) print({ id, verdict });
    else process.stdout.write(`${said().glass[verdict]({ id })}\n`);
    return 0;
  },
};

export const breakGlassCommands: readonly Command[] = [list, review];
