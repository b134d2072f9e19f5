/** Output parameters of the terminology operations. */
import type { OperationParameter } from '../operation.ts';

function out(
  name: string,
  type: OperationParameter['type'],
  documentation: string,
  more: Partial<OperationParameter> = {},
): OperationParameter {
  return { name, use: 'out', min: 0, max: '1', ...(type && { type }), documentation, ...more };
}

function part(
  name: string,
  type: OperationParameter['type'],
  documentation: string,
): NonNullable<OperationParameter['part']>[number] {
  return { name, min: 0, max: '1', ...(type && { type }), documentation };
}

/** Parts of a value: the name of its property or attribute, and the value. */
function valueOf(name: 'uri' | 'attribute'): NonNullable<OperationParameter['part']> {
  return [part(name, 'uri', 'What it is a value of.'), part('value', 'Element', 'The value.')];
}

export const lookupOutput: readonly OperationParameter[] = [
  out('name', 'string', 'The name of the code system.', { min: 1 }),
  out('version', 'string', 'The version that was asked.'),
  out('system', 'uri', 'The code system.'),
  out('code', 'code', 'The code as its system writes it.'),
  out('display', 'string', 'Its name in the language wanted.'),
  out('definition', 'string', 'What it means.'),
  out('abstract', 'boolean', 'Whether it is only a heading.'),
  out('designation', undefined, 'Another name.', {
    max: '*',
    part: [
      part('language', 'code', 'Its language.'),
      part('use', 'Coding', 'What it is for.'),
      part('value', 'string', 'The name.'),
      part('source', 'canonical', 'The supplement that it comes from.'),
    ],
  }),
  out('property', undefined, 'A property of the code.', {
    max: '*',
    part: [
      part('code', 'code', 'Which property.'),
      part('value', 'Element', 'Its value.'),
      part('description', 'string', 'The name of a value that is a code.'),
      part('source', 'canonical', 'The supplement that it comes from.'),
    ],
  }),
  out('used-supplement', 'canonical', 'A supplement that the answer is made with.', { max: '*' }),
];

export const validateOutput: readonly OperationParameter[] = [
  out('result', 'boolean', 'Whether it is right.', { min: 1 }),
  out('message', 'string', 'What is wrong.'),
  out('display', 'string', 'The name of the code.'),
  out('code', 'code', 'The code.'),
  out('system', 'uri', 'Its code system.'),
  out('version', 'string', 'The version of the code system that was asked.'),
  out('codeableConcept', 'CodeableConcept', 'The concept that was validated.'),
  out('issues', 'OperationOutcome', 'All that there is to say, each with its place.'),
];

export const batchOutput: readonly OperationParameter[] = [
  out('validation', 'Resource', 'The Parameters of one validation, or the OperationOutcome in its place.', {
    max: '*',
  }),
];

export const subsumesOutput: readonly OperationParameter[] = [
  out('outcome', 'code', 'equivalent, subsumes, subsumed-by or not-subsumed.', { min: 1 }),
];

export const expandOutput: readonly OperationParameter[] = [
  out('return', 'ValueSet', 'The value set with its expansion.', { min: 1 }),
];

export const relatedOutput: readonly OperationParameter[] = [
  out(
    'result',
    'code',
    'same, superset, subset, overlapping, disjoint, empty or indeterminate: the first value set to the other.',
    {
      min: 1,
    },
  ),
  out('message', 'string', 'The same in words.'),
  out('performed-expansion', 'boolean', 'Whether their codes were compared, and not their definitions alone.'),
  out('common-codes', 'string', 'Codes that both have, with a comma between them, where they are known.'),
  out('missing-codes', 'string', 'Codes that the other does not have.'),
  out('extra-codes', 'string', 'Codes that only the other has.'),
];

export const translateOutput: readonly OperationParameter[] = [
  out('result', 'boolean', 'Whether there is a translation.', { min: 1 }),
  out('message', 'string', 'Why there is none.'),
  out('match', undefined, 'A translation.', {
    max: '*',
    part: [
      part('relationship', 'code', 'How the two are related.'),
      part(
        'concept',
        'Coding',
        'What it is translated to; where sourceSystem is given, always a concept of the target.',
      ),
      part('source', 'Coding', 'The concept of the source, for a target code where sourceSystem is given.'),
      { ...part('property', undefined, 'A property of the translation.'), max: '*', part: valueOf('uri') },
      {
        ...part('product', undefined, 'Another value that the translation brings.'),
        max: '*',
        part: valueOf('attribute'),
      },
      {
        ...part('dependsOn', undefined, 'A value that the translation holds for.'),
        max: '*',
        part: valueOf('attribute'),
      },
      part('originMap', 'uri', 'The concept map that says so.'),
    ],
  }),
];

export const closureOutput: readonly OperationParameter[] = [
  out('return', 'ConceptMap', 'What is new: each narrower concept with the broader ones.', { min: 1 }),
];
