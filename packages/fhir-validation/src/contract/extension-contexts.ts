import type { ContextExtensions, StructureDefinition } from './definitions.ts';

/** A place that an extension is meant for, as its definition states it. https://hl7.org/fhir/R5/defining-extensions.html#context */
export interface ExtensionContext {
  readonly type: string;
  readonly expression: string;
  /** The type that a path begins with, and the elements below it; `[x]` and a profile before `#` are left out. */
  readonly head: string;
  readonly names: readonly string[];
  /** The profile that the resource must meet as well, where the expression names one before `#`. */
  readonly profile: string | undefined;
}

const versionUse = 'http://hl7.org/fhir/StructureDefinition/version-specific-use';

/** The contexts of a definition that are meant for R5, taken apart once for all extensions; undefined if it states none. */
export function contextsOf({ context = [] }: StructureDefinition): readonly ExtensionContext[] | undefined {
  if (context.length === 0) return undefined;
  return context
    .filter(({ extension }) => isForThisVersion(extension))
    .map(({ type, expression }) => {
      const path = expression.split('#').at(-1)!;
      const [head = '', ...names] = path.replace(/\[x\]$/, '').split('.');
      const profile = expression.includes('#') ? expression.split('#', 1)[0] : undefined;
      return { type, expression, head, names, profile };
    });
}

/** Whether a definition, or a context, is meant for R5; one may be for a range of versions of FHIR only. */
export function isForThisVersion(extensions: ContextExtensions): boolean {
  return (extensions ?? []).every(({ url, extension: parts = [] }) => {
    const part = (name: string) => Number.parseFloat(parts.find((one) => one.url === name)?.valueCode ?? 'NaN');
    return url !== versionUse || !(part('startFhirVersion') > 5 || part('endFhirVersion') < 5);
  });
}
