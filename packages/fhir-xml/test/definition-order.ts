import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SaxesParser } from 'saxes';

// A check of XML against the snapshots of the published StructureDefinitions, which knows nothing of the package under test nor of
// the compact table that it reads.

interface Snapshot {
  kind: string;
  type: string;
  derivation?: string;
  snapshot: {
    element: { path: string; type?: { code: string }[]; contentReference?: string; representation?: string[] }[];
  };
}

/** A child element: its place among its siblings, and the path that its own children are defined at. */
interface Child {
  place: number;
  content: string;
}

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json')));
let children: Map<string, Map<string, Child>> | undefined;

/** Children by the path or type that defines them, then by name in XML. */
function definitions(): Map<string, Map<string, Child>> {
  if (children !== undefined) return children;
  children = new Map();
  for (const file of readdirSync(folder).filter((name) => name.startsWith('StructureDefinition-'))) {
    const definition = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Snapshot;
    if (definition.derivation === 'constraint' || definition.kind === 'logical') continue;
    definition.snapshot.element.forEach((element, place) => enter(element, place));
  }
  return children;
}

function enter(
  { path, type, contentReference, representation }: Snapshot['snapshot']['element'][0],
  place: number,
): void {
  const dot = path.lastIndexOf('.');
  if (dot < 0 || representation?.includes('xmlAttr')) return;
  const parent = path.slice(0, dot);
  const name = path.slice(dot + 1);
  const siblings = children!.get(parent) ?? new Map<string, Child>();
  children!.set(parent, siblings);
  if (contentReference !== undefined) siblings.set(name, { place, content: contentReference.replace(/^.*#/, '') });
  for (const { code } of type ?? []) {
    const isInline = code === 'BackboneElement' || code === 'Element';
    const xmlName = name.replace('[x]', code.charAt(0).toUpperCase() + code.slice(1));
    siblings.set(xmlName, { place, content: isInline ? path : code });
  }
}

/** The first element of a FHIR document that the definitions do not have, or not there; undefined when there is none. */
export function misplacedElement(xml: string): string | undefined {
  const all = definitions();
  const open: { name: string; content: string; place: number }[] = [];
  let misplaced: string | undefined;
  let xhtmlDepth = 0;
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('opentag', ({ local, uri }) => {
    if (uri !== 'http://hl7.org/fhir') {
      xhtmlDepth += 1;
      if (xhtmlDepth > 1) return;
    }
    const parent = open.at(-1);
    const isResource = parent === undefined || parent.content === 'Resource';
    const child = isResource ? { place: 0, content: local } : all.get(parent.content)?.get(local);
    if (child === undefined || (parent !== undefined && child.place < parent.place))
      misplaced ??= [...open.map(({ name }) => name), local].join('/');
    if (parent !== undefined) parent.place = child?.place ?? 0;
    open.push({ name: local, content: child?.content ?? '', place: 0 });
  });
  parser.on('closetag', ({ uri }) => {
    if (uri !== 'http://hl7.org/fhir') {
      xhtmlDepth -= 1;
      if (xhtmlDepth > 0) return;
    }
    open.pop();
  });
  parser.write(xml).close();
  return misplaced;
}
