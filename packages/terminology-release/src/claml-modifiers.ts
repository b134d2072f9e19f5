import type { Claml, ClamlClass, ClamlModifierClass, Label } from './claml.ts';

export interface Modified {
  /** The classes that only modifiers make: `E11.9` of `E11` and `.9`. */
  readonly classes: readonly ClamlClass[];
  /** How many classes have a modifier that makes no classes here: those of a fifth character, whose use is optional. */
  readonly left: number;
}

/**
 * The four-character categories that a modifier makes of a class (EN 14463, `ModifiedBy`): its code with that of each valid
 * modifier class behind it, its names with theirs. What the classification has as a class of its own stays as it is.
 */
export function modifiedClasses({ classes, modifierClasses }: Claml): Modified {
  const byModifier = Map.groupBy(modifierClasses, ({ modifier }) => modifier);
  const own = new Set(classes.map(({ code }) => code));
  const made: ClamlClass[] = [];
  let left = 0;
  for (const one of classes) {
    let isLeft = false;
    for (const { modifier, valid } of one.modifiedBy) {
      const all = byModifier.get(modifier) ?? [];
      const fourth = all.filter(({ code }) => code.startsWith('.') && !one.code.includes('.'));
      isLeft ||= fourth.length < all.length || all.length === 0;
      for (const behind of fourth) {
        const code = `${one.code}${behind.code}`;
        if ((valid !== undefined && !valid.includes(behind.code)) || own.has(code)) continue;
        own.add(code);
        made.push({ code, kind: one.kind, parents: [one.code], labels: joined(one, behind), modifiedBy: [] });
      }
    }
    if (isLeft) left += 1;
  }
  return { classes: made, left };
}

/** In each language in which both have a name. */
function joined({ labels }: ClamlClass, behind: ClamlModifierClass): Label[] {
  return labels.flatMap((label) => {
    if (label.rubric !== 'preferred') return [];
    const other = behind.labels.find(({ rubric, language }) => rubric === 'preferred' && language === label.language);
    return other === undefined ? [] : [{ ...label, text: `${label.text}: ${other.text}` }];
  });
}
