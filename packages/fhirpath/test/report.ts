/**
 * Compares every search parameter and invariant of R5 with the reference engine over all published examples and writes the
 * outcome beside this file: `node packages/fhirpath/test/report.ts` (minutes), then Prettier lays the tables out.
 */
import { writeFileSync } from 'node:fs';
import { compile, FhirPathError } from '../src/index.ts';
import { compareInvariants, compareSearch, type Tallies, type Tally } from './agreement.ts';
import { functionUse } from './function-use.ts';
import { examples, invariants, searchParameters } from './published.ts';

/** Why the engines may differ on an expression (by the beginning of its name), seen and judged one by one. */
export const excuses: readonly { readonly name: string; readonly reason: string }[] = [
  {
    name: 'ele-1 ',
    reason:
      'The reference engine does not count xhtml among the primitives that have a value, and cannot start from a bare number.',
  },
  {
    name: 'eld-11 ',
    reason: 'The published expression quotes a string with ", which the reference engine cannot read.',
  },
  { name: 'eld-19 ', reason: 'The reference engine refuses patterns that escape more than the strict syntax needs.' },
  { name: 'eld-20 ', reason: 'The reference engine refuses a lone ] in a pattern.' },
  {
    name: 'que-7 ',
    reason: 'Of an element with two choices at once (a mutant) the reference engine sees the first only.',
  },
  { name: 'rng-2 ', reason: 'The reference engine has no boundaries of quantities.' },
  { name: 'ras-1 ', reason: 'The reference engine cannot start from a bare number.' },
  {
    name: 'per-1 ',
    reason: 'On malformed dates the reference engine refuses although the left side of `or` already decides.',
  },
  {
    name: 'Observation.combo',
    reason: 'The reference engine takes 1e-17 and 1e-24 for equal, and refuses quantities with a comparator.',
  },
  {
    name: 'Observation.component-value-quantity',
    reason: 'The reference engine takes 1e-17 and 1e-24 for equal, and refuses quantities with a comparator.',
  },
];

function compiled(expressions: readonly string[]): string {
  const distinct = new Set(expressions);
  const refused: string[] = [];
  for (const expression of distinct) {
    try {
      compile(expression);
    } catch (error) {
      if (!(error instanceof FhirPathError)) throw error;
      refused.push(`- \`${expression}\`: ${error.message}`);
    }
  }
  return [`${distinct.size - refused.length} of ${distinct.size} distinct expressions compile.`, ...refused].join('\n');
}

const sum = (tallies: readonly Tally[], of: (tally: Tally) => number) =>
  tallies.reduce((total, tally) => total + of(tally), 0);

function section(tallies: Tallies, dull: string): string {
  const all = [...tallies.values()];
  const met = all.filter(({ same, differ, bothRefuse, oracleRefuses, weRefuse }) =>
    [same, differ, bothRefuse, oracleRefuses, weRefuse].some((count) => count > 0),
  );
  const apart = all.filter(({ differ, oracleRefuses, weRefuse }) => differ + oracleRefuses + weRefuse > 0);
  const rows = apart.map((tally) => {
    const reason = excuses.find(({ name }) => tally.name.startsWith(name))?.reason ?? '**not explained**';
    return `| ${tally.name} | ${tally.same} | ${tally.differ} | ${tally.oracleRefuses} | ${tally.weRefuse} | ${reason} |`;
  });
  return [
    `| | |`,
    `|---|---|`,
    `| expressions, by type | ${all.length} |`,
    `| met in the examples | ${met.length} |`,
    `| met with a result other than ${dull} | ${all.filter(({ telling }) => telling > 0).length} |`,
    `| always the same as the reference engine | ${met.length - apart.length} |`,
    `| evaluations compared | ${sum(met, (t) => t.same + t.differ + t.bothRefuse + t.oracleRefuses + t.weRefuse)} |`,
    `| same result | ${sum(met, (t) => t.same)} |`,
    `| both refuse | ${sum(met, (t) => t.bothRefuse)} |`,
    `| different result | ${sum(met, (t) => t.differ)} |`,
    `| the reference engine refuses, ours answers | ${sum(met, (t) => t.oracleRefuses)} |`,
    `| ours refuses, the reference engine answers | ${sum(met, (t) => t.weRefuse)} |`,
    '',
    'Those that are not always the same:',
    '',
    '| expression | same | different | reference refuses | ours refuses | why |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function usage(expressions: readonly string[]): string {
  return functionUse(new Set(expressions))
    .map(([name, count]) => `\`${name}\` ${count}`)
    .join(', ');
}

if (process.argv[1] === import.meta.filename) {
  const parameters = searchParameters();
  const searched = parameters.flatMap(({ expression }) => expression ?? []);
  const rules = invariants().map(({ expression }) => expression);
  const text = `# Agreement with the reference engine

Made by \`node packages/fhirpath/test/report.ts\`: search parameters and invariants of hl7.fhir.r5.core 5.0.0 on all of
hl7.fhir.r5.examples 5.0.0, beside the npm package fhirpath. Both engines get the same answers from outside: references
resolve to the type they name, codes are in every value set. Values and, for complex ones, types must be the same in the same
order. Invariants are evaluated on at most 400 elements each, of one resource on two, and on mutants of them (a member left
out, doubled, or changed to what the rule names; members of another element added).

## Search parameters

${parameters.length} search parameters, ${searched.length} with an expression. ${compiled(searched)}

${section(compareSearch(examples()), 'empty')}
Functions and operators, by the number of distinct expressions that use them: ${usage(searched)}

## Invariants

${compiled(rules)}

${section(compareInvariants(examples(), invariants(), 400, 2), 'true')}
Functions and operators, by the number of distinct expressions that use them: ${usage(rules)}
`;
  writeFileSync(new URL('agreement.md', import.meta.url), text);
}
