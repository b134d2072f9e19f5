import { randomUUID } from 'node:crypto';
import type {
  CodeSystemConcept,
  Parameters,
  ParametersParameter,
  ResourceBase,
  ValueSetExpansionContains,
} from '@dhp/fhir-model';
import {
  layered,
  ResourceSource,
  Terminology,
  TerminologyFault,
  type ConceptSource,
  type FaultKind,
} from '../src/index.ts';

/** Parameters from plain values: texts as strings, numbers as integers. */
export function parameters(values: Readonly<Record<string, string | number | boolean>>): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: Object.entries(values).map(([name, value]) => parameter(name, value)),
  };
}

function parameter(name: string, value: string | number | boolean): ParametersParameter {
  if (typeof value === 'string') return { name, valueString: value };
  return typeof value === 'number' ? { name, valueInteger: value } : { name, valueBoolean: value };
}

/** The first parameter of a name, of any type. */
export function valueOf(answer: Parameters, name: string): unknown {
  const found = answer.parameter?.find((one) => one.name === name);
  return found === undefined ? undefined : Object.entries(found).find(([key]) => key !== 'name')?.[1];
}

/** A terminology service with these resources, and other given sources. */
export function terminologyOf(resources: readonly ResourceBase[], ...others: readonly ConceptSource[]): Terminology {
  const source = new ResourceSource();
  for (const resource of resources) source.add(resource);
  const options = { expansionLimit: 10_000, now: () => new Date('2026-01-01T00:00:00Z'), newId: randomUUID };
  return new Terminology(layered(source, ...others), options);
}

export function codeSystem(url: string, concept: CodeSystemConcept[], more: object = {}): ResourceBase {
  const base = { resourceType: 'CodeSystem', url, status: 'active', content: 'complete', caseSensitive: true };
  return { ...base, concept, ...more } as ResourceBase;
}

export function valueSet(url: string, compose: object, more: object = {}): ResourceBase {
  return { resourceType: 'ValueSet', url, status: 'active', compose, ...more } as ResourceBase;
}

/** The codes of an expansion, children after their parents. */
export function codes(contains: readonly ValueSetExpansionContains[] | undefined): string[] {
  return (contains ?? []).flatMap((entry) => [entry.code ?? '', ...codes(entry.contains)]);
}

/** The first issue of the fault that a request ends with. */
export function faultOf(request: () => unknown): { kind: FaultKind; code: string; text: string } {
  try {
    request();
  } catch (error) {
    if (!(error instanceof TerminologyFault)) throw error;
    const [issue] = error.outcome.issue;
    return { kind: error.kind, code: issue?.code ?? '', text: issue?.details?.text ?? '' };
  }
  throw new Error('the request was answered');
}
