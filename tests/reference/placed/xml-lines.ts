/** Changes of XML whose elements stand each on its own line. */
import type { Random } from '../../random.ts';

/** A change of a text whose elements stand each on its own line; undefined if it does not fit. */
export type Change = (lines: string[], random: Random) => string | undefined;

export const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
export const leaf = /^( +)<([a-zA-Z]+)((?: [a-z]+="[^"<]*")*)\/>$/;
export const opening = /^( +)<([a-zA-Z]+)((?: [a-z]+="[^"<]*")*)>$/;

/** The lines that fit, but not those of a narrative. */
export function linesLike(lines: readonly string[], pattern: RegExp): number[] {
  let isNarrative = false;
  return [...lines.keys()].filter((i) => {
    const line = lines[i]!;
    if (line.includes('<div')) isNarrative = true;
    const fits = !isNarrative && pattern.test(line);
    if (line.includes('</div>')) isNarrative = false;
    return fits;
  });
}

/** A line that fits, replaced by what is made of it. */
export const onLine =
  (pattern: RegExp, change: (line: string, random: Random) => string | undefined): Change =>
  (lines, random) => {
    const all = linesLike(lines, pattern);
    if (all.length === 0) return undefined;
    const at = random.pick(all);
    const changed = change(lines[at]!, random);
    return changed === undefined ? undefined : lines.with(at, changed).join('\n');
  };

export const inLeaf = (change: (indent: string, name: string, attributes: string) => string): Change =>
  onLine(leaf, (line) => {
    const [, indent, name, attributes] = leaf.exec(line)!;
    return change(indent!, name!, attributes!);
  });

export const inTag = (change: (indent: string, name: string, attributes: string) => string): Change =>
  onLine(opening, (line) => {
    const [, indent, name, attributes] = opening.exec(line)!;
    return change(indent!, name!, attributes!);
  });

export const valued = (make: (value: string) => string): Change =>
  onLine(/ value="[^"]*"\/>$/, (line) =>
    line.replace(/ value="([^"]*)"/, (_all, value: string) => ` value="${make(value)}"`),
  );

export const whole =
  (change: (text: string) => string): Change =>
  (lines) =>
    change(lines.join('\n'));
export const afterDeclaration = (more: string): Change =>
  whole((text) => text.replace(declaration, `${declaration}\n${more}`));
export const beforeLeaf = (more: string): Change =>
  inLeaf((indent, name, attributes) => `${indent}${more}\n${indent}<${name}${attributes}/>`);
