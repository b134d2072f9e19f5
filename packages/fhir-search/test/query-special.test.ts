import { refuses } from './searching.ts';

const collections = {
  members: (type: string, id: string) =>
    type === 'Group' && id === '104'
      ? [{ type: 'Patient', id: 'a' }]
      : type === 'List' && id === '104'
        ? [
            { type: 'Patient', id: 'c' },
            { type: 'Observation', id: 'b' },
          ]
        : [],
};

refuses(
  'parameters of all types: refusals',
  'Patient',
  [
    ['_id=a|b', ['bad-value'], /id/],
    ['_id=a\\b', ['bad-value'], /backslash/],
    ['_id:exact=a', ['unknown-modifier'], /:not/],
    ['_text=!!', ['bad-value']],
    ['_text=a "b', ['bad-value'], /phrases/],
    [`_text=${'(a OR b) '.repeat(7)}`, ['not-supported'], /alternatives/],
    [
      `_content=${Array.from({ length: 65 }, (_, n) => `v${n}`).join(',')}`,
      ['not-supported'],
      /at most 64 alternatives/,
    ],
    ['_text:exact=a', ['unknown-modifier']],
    ['_in=Patient/1', ['bad-value'], /CareTeam\/id/],
    ['_in:below=1', ['unknown-modifier']],
    ['_list=$current-allergie', ['bad-value'], /current-drug-allergies/],
    ['_list=Group/1', ['bad-value']],
    ['_query=current-high-risk', ['unknown-operation'], /named queries/],
    ['_graph=GraphDefinition/1', ['not-supported'], /_include/],
  ],
  { collections },
);

refuses('parameters of all types: without look-ups', 'Patient', [['_in=1', ['not-supported']]]);

refuses('near: refusals', 'Location', [
  ['near=41.3', ['bad-value'], /latitude\|longitude/],
  ['near=north|69', ['bad-value']],
  ['near=91|69', ['bad-value']],
  ['near=41|181', ['bad-value']],
  ['near=41|69|-1|km', ['bad-value']],
  ['near=41|69|1|parsec', ['bad-value'], /unit of length/],
  ['near=41|69||km', ['bad-value']],
  ['near:missing=true', ['unknown-modifier']],
  ['contains=41', ['bad-value'], /latitude\|longitude/],
  ['contains=41|69|1', ['bad-value']],
  ['contains=91|69', ['bad-value']],
  ['contains=41|x', ['bad-value']],
]);

refuses('section-code-text: refusals', 'Composition', [
  ['section-code-text=a', ['bad-value'], /code\$words/],
  ['section-code-text=$a', ['bad-value']],
  ['section-code-text=a$', ['bad-value']],
  ['section-code-text=x|y|z$a', ['bad-value']],
  ['section-code-text:not=a$b', ['unknown-modifier']],
]);
