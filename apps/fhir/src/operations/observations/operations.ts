import type { Operation, OperationParameter } from '../operation.ts';
import { lastn } from './lastn.ts';
import { stats } from './stats.ts';

function into(
  name: string,
  type: NonNullable<OperationParameter['type']>,
  documentation: string,
  [min, max]: readonly [0 | 1, '1' | '*'] = [0, '1'],
): OperationParameter {
  return { name, use: 'in', min, max, type, documentation };
}

function out(
  name: string,
  type: 'Bundle' | 'Observation',
  max: '1' | '*',
  min: 0 | 1,
  documentation: string,
): OperationParameter {
  return { name, use: 'out', min, max, type, documentation };
}

const onObservation = {
  affectsState: false,
  levels: ['type'],
  types: ['Observation'],
  permission: 'types',
} as const satisfies Partial<Operation>;

/** The operations that R5 core has on Observation. */
export const observationOperations: readonly Operation[] = [
  {
    ...onObservation,
    id: 'Observation-lastn',
    code: 'lastn',
    title: 'The most recent observations of each code',
    description:
      'Of the Observations that a search finds, those of each code and subject that are the most recent, with those of the same time. It takes the parameters of a search of Observation: ' +
      'patient or subject, a category or a code, and others; by POST as parts of Parameters with primitive values.',
    takesSearch: true,
    readsBody: true,
    parameters: [
      into('max', 'positiveInt', 'How many of each code; 1 without it.'),
      out('return', 'Bundle', '1', 1, 'A Bundle of type searchset, the most recent first.'),
    ],
    run: lastn,
  },
  {
    ...onObservation,
    id: 'Observation-stats',
    code: 'stats',
    title: 'Statistics of measurements',
    description:
      'Statistics of the quantities in UCUM units that were measured of a subject, for each code; of a panel for each of its parts. What was entered in error does not count. ' +
      'Those of a Group are about its active members, too, and are masked where they are of fewer than five of them.',
    parameters: [
      into('subject', 'uri', 'Whom or what the Observations are about, such as Patient/1.', [1, '1']),
      into(
        'code',
        'string',
        'Codes of what was measured, in Observation.code or in the code of a component; with system.',
        [0, '*'],
      ),
      into('system', 'uri', 'The code system of the codes.'),
      into('coding', 'Coding', 'The same as code and system in one, in Parameters.', [0, '*']),
      into('duration', 'decimal', 'So many hours up to now.'),
      into('period', 'Period', 'The time of the measurements, where no duration is given; without both any time.'),
      into('statistic', 'code', 'Codes of http://hl7.org/fhir/observation-statistics.', [1, '*']),
      into('include', 'boolean', 'Whether the Observations come along. Not for a Group.'),
      into('limit', 'positiveInt', 'At most so many of those that come along: the most recent.'),
      out('statistics', 'Observation', '*', 1, 'For each code an Observation, with a component for each statistic.'),
      out('source', 'Observation', '*', 0, 'The Observations on which they are based, where include is true.'),
    ],
    run: stats,
  },
];
