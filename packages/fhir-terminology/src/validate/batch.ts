import type { OperationOutcome, Parameters, ParametersParameter } from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';

/**
 * Many validations in one request: each `validation` has the parameters of one, the others are common to all. One that cannot be answered
 * has its outcome in place of its result.
 */
export function batchValidate(parameters: Parameters, validate: (one: Parameters) => Parameters): Parameters {
  const all = parameters.parameter ?? [];
  const common = all.filter(({ name }) => name !== 'validation');
  return {
    resourceType: 'Parameters',
    parameter: all.flatMap(({ name, resource }): ParametersParameter[] => {
      if (name !== 'validation' || resource === undefined) return [];
      const own = (resource as Parameters).parameter ?? [];
      const names = new Set(own.map((parameter) => parameter.name));
      const parameter = [...common.filter((one) => one.name === 'tx-resource' || !names.has(one.name)), ...own];
      return [{ name: 'validation', resource: attempt(() => validate({ resourceType: 'Parameters', parameter })) }];
    }),
  };
}

function attempt(validate: () => Parameters): Parameters | OperationOutcome {
  try {
    return validate();
  } catch (error) {
    if (error instanceof TerminologyFault) return error.outcome;
    throw error;
  }
}
