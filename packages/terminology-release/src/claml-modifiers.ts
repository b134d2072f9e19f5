import type { Claml, ClamlClass, ClamlModifierClass, Label } from './claml.ts';

export interface Modified {
  /** The classes that only modifiers make: `E11.9` of `E11` and `.9`, `M00.01` of `M00.0` and `1`. */
  readonly classes: readonly ClamlClass[];
  /** Number of categories whose modifier makes no classes: a fifth character without a fourth. */
  readonly left: number;
}

type Use = ClamlClass['modifiedBy'][number];

/**
 * The categories that modifiers make from classes (EN 14463, `ModifiedBy`): the code of a class followed by that of each valid modifier
 * class, and the combined names. A modifier also applies below its class, unless `ExcludeModifier` ends it. Those whose codes begin with a
 * point make four-character categories of three-character ones; the others, whose use WHO leaves open, add a fifth character to undivided
 * categories with four. Existing classes of the classification are not changed.
 */
export function modifiedClasses({ classes, modifierClasses }: Claml): Modified {
  const byModifier = Map.groupBy(modifierClasses, ({ modifier }) => modifier);
  const known = new Map(classes.map((one) => [one.code, one]));
  const divided = new Set(classes.flatMap(({ kind, parents }) => (kind === 'category' ? parents : [])));
  const made: ClamlClass[] = [];
  const make = (one: ClamlClass, uses: readonly Use[], fits: (code: string) => boolean): ClamlClass[] => {
    const before = made.length;
    for (const { modifier, valid } of uses) {
      for (const behind of byModifier.get(modifier) ?? []) {
        const code = `${one.code}${behind.code}`;
        if (!fits(behind.code) || (valid !== undefined && !valid.includes(behind.code)) || known.has(code)) continue;
        const names = joined(one, behind);
        const add = { code, kind: one.kind, parents: [one.code], labels: names, modifiedBy: [], excludes: [] };
        known.set(code, add);
        made.push(add);
      }
    }
    return made.slice(before);
  };
  const isFourth = (code: string): boolean => code.startsWith('.');
  const isFifth = (code: string): boolean => !isFourth(code);
  const hasFifth = ({ modifier }: Use): boolean => (byModifier.get(modifier) ?? []).some(({ code }) => isFifth(code));
  let left = 0;
  for (const one of classes) {
    if (one.kind !== 'category') continue;
    const uses = usesOf(one, known);
    if (one.code.includes('.')) {
      if (!divided.has(one.code)) make(one, uses, isFifth);
      continue;
    }
    const fourth = make(one, uses, isFourth);
    for (const each of fourth) make(each, uses, isFifth);
    if (fourth.length === 0 && !divided.has(one.code) && uses.some(hasFifth)) left += 1;
  }
  return { classes: made, left };
}

/** The modifiers of a class, its own before those of the classes above it. */
function usesOf(one: ClamlClass, known: ReadonlyMap<string, ClamlClass>): readonly Use[] {
  const uses = new Map<string, Use>();
  const ended = new Set<string>();
  const seen = new Set<string>();
  for (
    let at: ClamlClass | undefined = one;
    at !== undefined && !seen.has(at.code);
    at = known.get(at.parents[0] ?? '')
  ) {
    seen.add(at.code);
    for (const code of at.excludes) ended.add(code);
    for (const use of at.modifiedBy)
      if (!ended.has(use.modifier) && !uses.has(use.modifier)) uses.set(use.modifier, use);
  }
  return [...uses.values()];
}

/** In each language in which both have a name. */
function joined({ labels }: ClamlClass, behind: ClamlModifierClass): Label[] {
  return labels.flatMap((label) => {
    if (label.rubric !== 'preferred') return [];
    const other = behind.labels.find(({ rubric, language }) => rubric === 'preferred' && language === label.language);
    return other === undefined ? [] : [{ ...label, text: `${label.text}: ${other.text}` }];
  });
}
