import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { searchParameterOf } from './known-parameters.ts';

/** Checks that search parameters have the type that their definitions state. https://hl7.org/fhir/R5/capabilitystatement.html */
export function checkCapabilityStatement({ rest: rests }: Json, run: Run): void {
  for (const [i, rest] of listOf(rests).entries()) {
    if (!isObject(rest)) continue;
    run.enter('rest', i);
    for (const [j, resource] of listOf(rest['resource']).entries()) {
      if (!isObject(resource)) continue;
      run.enter('resource', j);
      checkParameters(listOf(resource['searchParam']), run);
      run.leave();
    }
    run.leave();
  }
}

function checkParameters(parameters: readonly unknown[], run: Run): void {
  run.spend(parameters.length);
  for (const [i, parameter] of parameters.entries()) {
    if (!isObject(parameter)) continue;
    const { definition, type, name } = parameter;
    const known = typeof definition === 'string' ? searchParameterOf(definition) : undefined;
    if (known === undefined || known.type === type) continue;
    run.enter('searchParam', i);
    run.report('statement-parameter-type', { parameter: shown(name), found: shown(type), expected: known.type });
    run.leave();
  }
}
