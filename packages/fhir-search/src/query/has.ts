import { isResourceType, resourceTypes } from '@dhp/fhir-model';
import type { Criterion } from '../ast/criterion.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import { refuse } from './ask.ts';
import { requireFollowable } from './chain.ts';
import { followed, type Reading, type GivenCriterion } from './given-criterion.ts';
import { nearNames } from './near-names.ts';
import { requireParameter } from './unknown-parameter.ts';

/**
 * `_has:Observation:patient:code`: a resource of another type refers to this one by a parameter and meets the rest, which may
 * be a chain or another `_has`. https://hl7.org/fhir/R5/search.html#has
 */
export function hasCriterion(type: string, criterion: GivenCriterion, next: Reading, own?: OwnParameters): Criterion {
  const { name, given } = criterion;
  const [, source, code, ...rest] = name.split(':');
  if (!source || !code || rest.length === 0 || rest[0] === '') {
    return refuse({
      kind: 'bad-value',
      parameter: given,
      expected: '_has:Type:reference:parameter, such as _has:Observation:patient:code',
    });
  }
  if (!isResourceType(source)) {
    return refuse({
      kind: 'unknown-type',
      parameter: given,
      near: nearNames(source, resourceTypes),
      expected: 'a type of resource after _has:',
    });
  }
  const parameter = requireParameter(source, code, given, own);
  requireFollowable(source, parameter, given);
  if (!parameter.target.includes(type)) {
    return refuse({
      kind: 'bad-combination',
      parameter: given,
      expected: `${code} of ${source} leads to ${parameter.target.slice(0, 12).join(', ')}, never to ${type}`,
    });
  }
  const where = next(source, followed(criterion, rest.join(':')));
  return { kind: 'has', type: source, parameter: code, where };
}
