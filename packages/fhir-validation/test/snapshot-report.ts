// Writes docs/reports/snapshots.md: our view of differentials compared with the published snapshots. `node
// packages/fhir-validation/test/snapshot-report.ts`
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nationalResources, skipNational } from './national.ts';
import { published, type Json } from './published.ts';
import { compareSnapshots, type Comparison, type Difference } from './snapshots.ts';

export const reportFile = fileURLToPath(new URL('../../../docs/reports/snapshots.md', import.meta.url));

/** Reasons for differences, each investigated. The first that matches counts. */
const reasons: readonly (readonly [(difference: Difference) => boolean, string])[] = [
  [
    ({ profile, aspect, element }) =>
      (aspect === 'cardinality' || aspect === 'types') &&
      /\[x\]$/.test(element) &&
      /\/(?:bmi|cdshooksguidanceresponse|devicemetricobservation|questionnaire-supportHyperlink)$/.test(profile),
    'the snapshot takes over what is said of the slice for one type; here that slice must stand, and the element stands once',
  ],
  [
    ({ element, aspect }) =>
      aspect === 'cardinality' && /(?:^|\.)Extension\.extension$|^Extension\.extension:\w+\.extension$/.test(element),
    'the snapshot adds up the minima of the slices; here each slice is counted for itself',
  ],
  [
    ({ element }) =>
      /\.(?:extension|modifierExtension):\w+\.(?!\w*\.extension$)/.test(element) ||
      /extension:\w+\.extension/.test(element),
    'the snapshot repeats the definition of the extension; here an extension is held to its own definition wherever it stands',
  ],
  [
    ({ element, published: text }) => element.endsWith('.comparator') || text.startsWith('sqty-1'),
    'the snapshot repeats the type SimpleQuantity; here R5 itself asks for it (sqty-1)',
  ],
  [
    ({ element, aspect }) => aspect === 'value' && element.endsWith('[x]'),
    'the snapshot says it of the slice for the only type that is left, which comes to the same',
  ],
  [
    ({ aspect, element }) => aspect === 'types' && element === 'Extension.value[x]',
    'the snapshot leaves the types that slices are named for, which the differential does not say: here others are let through',
  ],
  [
    ({ element, aspect }) => aspect === 'binding' && element === 'Provenance.agent:Author.type',
    'the differential binds the type of every agent; the snapshot forgets it in the slices',
  ],
];

/** Returns the reason for a difference; undefined if it has not been investigated. */
export function reasonOf(difference: Difference): string | undefined {
  return reasons.find(([fits]) => fits(difference))?.[1];
}

/** Returns the reported comparisons, by what was compared. */
export function comparisons(): (readonly [string, Comparison])[] {
  const of = (name: 'core' | 'extensions'): Json[] =>
    [...published(name, 'StructureDefinition')].map((one) => one.resource);
  const [core, extensions] = [of('core'), of('extensions')];
  const found: (readonly [string, Comparison])[] = [
    ['profiles of FHIR R5 core', compareSnapshots(core)],
    ["HL7's extensions", compareSnapshots(extensions, core)],
  ];
  if (skipNational !== false) return found;
  const national = [...nationalResources()].filter(({ resourceType }) => resourceType === 'StructureDefinition');
  return [...found, ['the national package', compareSnapshots(national, [...core, ...extensions])]];
}

function rows(differences: readonly Difference[]): string[] {
  const groups = Map.groupBy(differences, (one) => `${one.aspect} | ${reasonOf(one) ?? 'NOT EXPLAINED'}`);
  return [...groups].map(([group, those]) => {
    const [first] = those;
    return `| ${those.length} | ${group} | ${first!.profile.split('/').at(-1)!} ${first!.element} |`;
  });
}

export function report(all: readonly (readonly [string, Comparison])[]): string {
  return [
    '# Snapshots',
    '',
    'Made by `node packages/fhir-validation/test/snapshot-report.ts`. The validator needs no snapshot: it lays the differential of a',
    'profile and those of its bases over R5. For every element of every published snapshot this compares what comes out:',
    'cardinality, types, targets of references, bindings, fixed values and patterns, lengths, invariants.',
    '',
    '| | profiles | elements | the same | different |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...all.map(([name, { profiles, elements, differences }]) => {
      const apart = new Set(differences.map(({ profile, element }) => `${profile} ${element}`)).size;
      return `| ${name} | ${profiles} | ${elements} | ${elements - apart} | ${apart} |`;
    }),
    '',
    '## Differences',
    '',
    'None changes what is valid unless it says so.',
    '',
    ...all.flatMap(([name, { differences }]) => [
      `### ${name}`,
      '',
      ...(differences.length === 0
        ? ['None.']
        : ['| count | of | why | for instance |', '| ---: | --- | --- | --- |', ...rows(differences)]),
      '',
    ]),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(reportFile, report(comparisons()));
