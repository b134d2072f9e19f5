import { SaxesParser } from 'saxes';
import type { ReleaseFile } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

/** A `Class` of a ClaML file. */
export interface ClamlClass {
  readonly code: string;
  /** chapter, block, category */
  readonly kind: string;
  readonly parents: readonly string[];
  readonly labels: readonly { readonly rubric: string; readonly language: string; readonly text: string }[];
}

export interface Claml {
  readonly classes: readonly ClamlClass[];
  readonly version: string | undefined;
  /** How many classes are subdivided by a `Modifier`. */
  readonly modified: number;
}

/**
 * Reads the Classification Markup Language (EN 14463). Nothing outside of the file is fetched, entities of its own are refused.
 * @throws ReleaseFault
 */
export async function readClaml(file: ReleaseFile): Promise<Claml> {
  const classes: ClamlClass[] = [];
  let version: string | undefined;
  let modified = 0;
  let root: string | undefined;
  let open: { code: string; kind: string; parents: string[]; labels: ClamlClass['labels'][number][] } | undefined;
  let isModified = false;
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
    else if (name === 'Class') {
      open = { code: attributes['code'] ?? '', kind: attributes['kind'] ?? '', parents: [], labels: [] };
      isModified = false;
    } else if (name === 'SuperClass') open?.parents.push(attributes['code'] ?? '');
    else if (name === 'ModifiedBy' && open !== undefined) isModified = true;
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
    } else if (name === 'Class' && open !== undefined) {
      if (open.code === '') throw new ReleaseFault(`${file.path} has a Class without a code.`);
      classes.push(open);
      if (isModified) modified += 1;
      open = undefined;
    }
  });

  const decoder = new TextDecoder();
  for await (const piece of file.open()) parser.write(decoder.decode(piece, { stream: true }));
  parser.write(decoder.decode()).close();
  if (classes.length === 0) throw new ReleaseFault(`${file.path} has no classes.`);
  return { classes, version, modified };
}
