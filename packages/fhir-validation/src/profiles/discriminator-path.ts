/** One step of a discriminator path. */
export type DiscriminatorStep =
  | { readonly kind: 'child'; readonly name: string; readonly url: string | undefined }
  | { readonly kind: 'type'; readonly name: string }
  | { readonly kind: 'resolve' };

const step = /\s*(?:\.\s*)?(?:\$this|resolve\(\)|ofType\((\w+)\)|extension\(['"]([^'"]+)['"]\)|(\w+)(?:\[x\])?)/y;

/**
 * Parses the restricted FHIRPath of discriminators: names, `extension(url)`, `resolve()`, `ofType(type)`, `$this`. Parsing stops at the
 * first unknown part. https://hl7.org/fhir/R5/profiling.html#discriminator
 */
export function parsePath(path: string): readonly DiscriminatorStep[] {
  const steps: DiscriminatorStep[] = [];
  step.lastIndex = 0;
  for (let match = step.exec(path); match !== null && match[0] !== ''; match = step.exec(path)) {
    const [text, type, url, name] = match;
    if (type !== undefined) steps.push({ kind: 'type', name: type });
    else if (url !== undefined) steps.push({ kind: 'child', name: 'extension', url });
    else if (text.includes('resolve()')) steps.push({ kind: 'resolve' });
    else if (name !== undefined) steps.push({ kind: 'child', name, url: undefined });
  }
  return steps;
}
