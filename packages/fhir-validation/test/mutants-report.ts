// Writes docs/reports/mutants.md: deliberate faults in the published and the national examples, and whether they are detected. `node
// packages/fhir-validation/test/mutants-report.ts` (takes minutes)
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mutateNational, mutatePublished, totalOf, type MutationOutcome } from './mutation.ts';

const reportFile = fileURLToPath(new URL('../../../docs/reports/mutants.md', import.meta.url));

function section(title: string, outcome: MutationOutcome): string[] {
  const { made, caught } = totalOf(outcome);
  return [
    `## ${title}`,
    '',
    `${outcome.resources} resources, ${made} mutants: ${caught} caught, ${made - caught} missed.`,
    '',
    '| fault | mutants | caught |',
    '| --- | ---: | ---: |',
    ...[...outcome.byKind].sort().map(([kind, tally]) => `| ${kind} | ${tally.made} | ${tally.caught} |`),
    '',
    ...(outcome.missed.length > 0 ? ['Missed:', '', ...outcome.missed.map((one) => `- ${one}`), ''] : []),
  ];
}

function report(): string {
  const { base, profiles } = mutateNational(1);
  return [
    '# Mutants of the examples',
    '',
    'Made by `node packages/fhir-validation/test/mutants-report.ts`. A mutant is an example with one deliberate fault, made by a',
    'rule that R5, or a profile, states of every element it fits; nothing is made by chance. It is caught when the validator tells',
    'an error that the example did not have, at the element of the fault or in it. Of the published examples (those up to 60 kB)',
    'about 25 mutants each are made, spread over the resource; of the national ones all. `npm test` makes a part of these.',
    '',
    ...section('The published examples of R5, by the rules of R5', mutatePublished(1, 25)),
    ...section('The national examples, by the rules of R5', base),
    ...section('The national examples, by the profiles that they claim', profiles),
    'Slices are left to the 354 faulty variants that stand beside the national package, which tests hold to the element at fault,',
    'too: all are caught.',
    '',
  ].join('\n');
}

writeFileSync(reportFile, report());
