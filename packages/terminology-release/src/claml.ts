import { SaxesParser } from 'saxes';
import type { ReleaseFile } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

/** A `Class` of a ClaML file. */
export interface ClamlClass {
  readonly code: string;
  /** chapter, block, category */
  readonly kind: string;
  readonly parents: readonly string[];
  readonly labels: readonly Label[];
  /** The modifiers that subdivide it; `valid` names the modifier classes where not all of them do. */
  readonly modifiedBy: readonly { readonly modifier: string; readonly valid?: readonly string[] }[];
  /** Modifiers of classes above it that do not hold for it (`ExcludeModifier`). */
  readonly excludes: readonly string[];
}

export interface Label {
  readonly rubric: string;
  readonly language: string;
  readonly text: string;
}

/** A `ModifierClass`: the text after the code of a class that its modifier subdivides. */
export interface ClamlModifierClass {
  readonly modifier: string;
  readonly code: string;
  readonly labels: readonly Label[];
}

export interface Claml {
  readonly classes: readonly ClamlClass[];
  readonly modifierClasses: readonly ClamlModifierClass[];
  readonly version: string | undefined;
}

/** A `Class` or a `ModifierClass` while it is read. */
interface Open {
  readonly element: 'Class' | 'ModifierClass';
  readonly code: string;
  readonly kind: string;
  readonly modifier: string;
  readonly parents: string[];
  readonly labels: Label[];
  readonly modifiedBy: { modifier: string; all: boolean; valid: string[] }[];
  readonly excludes: string[];
}

/**
 * Reads the Classification Markup Language (EN 14463). Nothing outside of the file is fetched, and internal entities are refused.
 * @throws ReleaseFault
 */
export async function readClaml(file: ReleaseFile): Promise<Claml> {
  const classes: ClamlClass[] = [];
  const modifierClasses: ClamlModifierClass[] = [];
  let version: string | undefined;
  let root: string | undefined;
  let open: Open | undefined;
  let rubric = '';
  let label: { language: string; text: string } | undefined;

  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw new ReleaseFault(`${file.path} is not good XML: ${error.message}`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    root ??= name;
    if (root !== 'ClaML') throw new ReleaseFault(`${file.path} is not ClaML: its root element is ${root}.`);
    if (name === 'Title') version = attributes['version'] ?? attributes['date'];
    else if (name === 'Class' || name === 'ModifierClass') {
      const { code = '', kind = '', modifier = '' } = attributes;
      open = { element: name, code, kind, modifier, parents: [], labels: [], modifiedBy: [], excludes: [] };
    } else if (name === 'SuperClass') open?.parents.push(attributes['code'] ?? '');
    else if (name === 'ModifiedBy') {
      open?.modifiedBy.push({ modifier: attributes['code'] ?? '', all: attributes['all'] !== 'false', valid: [] });
    } else if (name === 'ExcludeModifier') open?.excludes.push(attributes['code'] ?? '');
    else if (name === 'ValidModifierClass') open?.modifiedBy.at(-1)?.valid.push(attributes['code'] ?? '');
    else if (name === 'Rubric') rubric = attributes['kind'] ?? '';
    else if (name === 'Label') label = { language: attributes['xml:lang'] ?? '', text: '' };
  });
  parser.on('text', (text) => {
    if (label !== undefined) label.text += text;
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'Label' && label !== undefined) {
      open?.labels.push({ rubric, language: label.language, text: label.text.replace(/\s+/g, ' ').trim() });
      label = undefined;
    } else if (name === open?.element) {
      const { element, code, kind, modifier, parents, labels, modifiedBy, excludes } = open;
      if (code === '') throw new ReleaseFault(`${file.path} has a ${element} without a code.`);
      if (element === 'ModifierClass') modifierClasses.push({ modifier, code, labels });
      else classes.push({ code, kind, parents, labels, excludes, modifiedBy: modifiedBy.map(narrowed) });
      open = undefined;
    }
  });

  const decoder = new TextDecoder();
  for await (const piece of file.open()) parser.write(decoder.decode(piece, { stream: true }));
  parser.write(decoder.decode()).close();
  if (classes.length === 0) throw new ReleaseFault(`${file.path} has no classes.`);
  return { classes, modifierClasses, version };
}

/** Modifier classes that are named count alone, also where `all` was not set to false. */
function narrowed({ modifier, all, valid }: Open['modifiedBy'][number]): ClamlClass['modifiedBy'][number] {
  return all && valid.length === 0 ? { modifier } : { modifier, valid };
}
