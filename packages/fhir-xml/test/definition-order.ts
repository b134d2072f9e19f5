import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** Comments and tags. A parser, which reads the document after this, checks that it is well formed. */
const tags = /<!--[\s\S]*?-->|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;

/** The first element of a FHIR document that is unknown or misplaced by the definitions; undefined if there is no such element. */
export function misplacedElement(xml: string): string | undefined {
  const all = definitions();
  const open: { name: string; content: string; place: number }[] = [];
  let narrative = 0;
  for (const [, end, name, attributes = '', empty] of xml.matchAll(tags)) {
    if (name === undefined) continue;
    // The div of a narrative is its only element of FHIR.
    if (narrative > 0) {
      if (end === '') narrative += empty === '' ? 1 : 0;
      else if ((narrative -= 1) === 0) open.pop();
      continue;
    }
    if (end === '/') {
      open.pop();
      continue;
    }
    const parent = open.at(-1);
    const isResource = parent === undefined || parent.content === 'Resource';
    const child = isResource ? { place: 0, content: name } : all.get(parent.content)?.get(name);
    if (child === undefined || (parent !== undefined && child.place < parent.place))
      return [...open.map((one) => one.name), name].join('/');
    if (parent !== undefined) parent.place = child.place;
    if (empty === '/') continue;
    open.push({ name, content: child.content, place: 0 });
    if (attributes.includes('"http://www.w3.org/1999/xhtml"')) narrative = 1;
  }
  return undefined;
}
