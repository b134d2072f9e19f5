import type { CodeableConcept, Coding, Parameters } from '@dhp/fhir-model';
import { codeableConcept, coding, text } from '../parameters/values.ts';

/** The coded value that a validate-code request asks about. */
export interface Coded {
  readonly mode: 'code' | 'coding' | 'codeableConcept';
  readonly codings: readonly Coding[];
  /** Given as a CodeableConcept, which the answer repeats. */
  readonly concept?: CodeableConcept;
}

/**
 * The coded value among the parameters; undefined if it is absent.
 * @param target for a code system `url` names the system of a code, for a value set `system` does
 * @param ownSystem the code system in the request: a code without a system belongs to it
 */
export function readCoded(
  parameters: Parameters,
  target: 'CodeSystem' | 'ValueSet',
  ownSystem?: string,
): Coded | undefined {
  const concept = codeableConcept(parameters, 'codeableConcept');
  if (concept !== undefined) return { mode: 'codeableConcept', codings: concept.coding ?? [], concept };
  const one = coding(parameters, 'coding');
  if (one !== undefined) return { mode: 'coding', codings: [one] };
  const code = text(parameters, 'code');
  if (code === undefined) return undefined;
  const isSystem = target === 'CodeSystem';
  const system = isSystem
    ? (text(parameters, 'url') ?? text(parameters, 'system') ?? ownSystem)
    : text(parameters, 'system');
  if (system === undefined && !isSystem && text(parameters, 'inferSystem') === undefined) return undefined;
  const version = text(parameters, isSystem ? 'version' : 'systemVersion');
  const display = text(parameters, 'display');
  return {
    mode: 'code',
    codings: [
      {
        ...(system !== undefined && { system }),
        ...(version !== undefined && { version }),
        code,
        ...(display !== undefined && { display }),
      },
    ],
  };
}

/** Returns the path of a coding in the request, as an issue's expression: empty, `Coding`, `CodeableConcept.coding[0]`. */
export function pathOf({ mode }: Coded, index: number): string {
  if (mode === 'code') return '';
  return mode === 'coding' ? 'Coding' : `CodeableConcept.coding[${index}]`;
}

/** An element below a path. */
export function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** A coding as sentences show it: `system|version#code ('display')`. */
export function showCoding({ system = '', version, code = '', display }: Coding): string {
  const name = `${version === undefined ? system : `${system}|${version}`}#${code}`;
  return `'${display === undefined ? name : `${name} ('${display}')`}'`;
}

/** Whether the system of a coding is a URI with a scheme, as it must be. */
export function isAbsolute(system: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(system);
}
