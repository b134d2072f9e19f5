import { failure, together, type Failure } from '../http/errors.ts';
import type { Faults } from './compile.ts';

/** One failure for all faults of a topic, with an issue for each. */
export function topicFailure([first, ...others]: Faults): Failure {
  const failureOf = ({ place, message }: Faults[number]): Failure =>
    failure(
      'topic-invalid',
      { place },
      { diagnostics: `${place}: ${message}.`.replace(/\?\.$/, '?'), expression: place },
    );
  return together([failureOf(first), ...others.map(failureOf)]);
}
