/**
 * Descriptions as texts. The part about a type is made once, and joined for each selection of types: clients may request any number of
 * selections, and each costs in proportion to its length.
 */
import { openApi, securityScheme, type Described } from './document.ts';

interface TextsOfType {
  /** Path items by their address. */
  readonly paths: ReadonlyMap<string, string>;
  /** Names of the schemas that they need. */
  readonly schemas: readonly string[];
}

/** Returns a function for the text of the description of some types; without types, of all. */
export function openApiTexts(described: Described): (asked: readonly string[]) => string {
  const made = new Map<string, TextsOfType>();
  const schemas = new Map<string, string>();
  let frame: readonly string[] = [];

  function textsOf(type: string): TextsOfType {
    const known = made.get(type);
    if (known !== undefined) return known;
    const whole = openApi(described, [type]);
    frame = frameOf(whole);
    const named = Object.entries(whole.components.schemas);
    for (const [name, schema] of named) if (!schemas.has(name)) schemas.set(name, JSON.stringify(schema));
    const texts = {
      paths: new Map(Object.entries(whole.paths).map(([path, item]) => [path, JSON.stringify(item)])),
      schemas: named.map(([name]) => name),
    };
    made.set(type, texts);
    return texts;
  }

  return (asked) => {
    if (asked.length === 0) return JSON.stringify(openApi(described, []));
    const all = asked.map(textsOf);
    const paths = new Map(all.flatMap((one) => [...one.paths]));
    const names = [...new Set(all.flatMap((one) => one.schemas))].sort();
    const filled = [
      membersOf(paths),
      membersOf(names.map((name) => [name, schemas.get(name)!])),
      JSON.stringify(securityScheme(described, asked)),
    ];
    return frame.map((text, n) => text + (filled[n] ?? '')).join('');
  };
}

/** The text around the path items, the schemas and the scopes, which alone are others for other types. */
function frameOf(whole: ReturnType<typeof openApi>): string[] {
  const place = '\uf8ff';
  const components = { ...whole.components, schemas: place, securitySchemes: { sso: place } };
  return JSON.stringify({ ...whole, paths: place, components }).split(`"${place}"`);
}

function membersOf(texts: Iterable<readonly [name: string, text: string]>): string {
  return `{${[...texts].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
