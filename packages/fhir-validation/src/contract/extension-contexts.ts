import type { ContextExtensions, StructureDefinition } from './definitions.ts';

/** A place at which an extension is allowed, as its definition states. https://hl7.org/fhir/R5/defining-extensions.html#context */
export interface ExtensionContext {
  readonly type: string;
  readonly expression: string;
  /** The type at the start of a path, and the elements below it; `[x]` and a profile before `#` are omitted. */
  readonly head: string;
  readonly names: readonly string[];
  /** The profile that the resource must also meet, if the expression has one before `#`. */
  readonly profile: string | undefined;
}

const versionUse = 'http://hl7.org/fhir/StructureDefinition/version-specific-use';

/** The contexts of a definition that apply to R5, parsed once for all extensions; undefined if it states none. */
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

/** Whether a definition, or a context, applies to R5; it may be limited to a range of versions of FHIR. */
export function isForThisVersion(extensions: ContextExtensions): boolean {
  return (extensions ?? []).every(({ url, extension: parts = [] }) => {
    const part = (name: string) => Number.parseFloat(parts.find((one) => one.url === name)?.valueCode ?? 'NaN');
    return url !== versionUse || !(part('startFhirVersion') > 5 || part('endFhirVersion') < 5);
  });
}
