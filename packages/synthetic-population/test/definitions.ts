import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** Any JSON object of a definition; the checks read a few members and trust nothing else about its shape. */
export type Json = Record<string, unknown>;

const core = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json')));

/** The national package beside the repository, when the machine has it. */
export const nationalPackage = new URL('../../../../shared/uz-core/uz.dhp.core-0.7.0.tgz', import.meta.url);
export const nationalPackagePresent = existsSync(nationalPackage);

/** Every JSON file of a gzipped FHIR package, by its file name. Long names (over 100 characters) do not occur there. */
function readPackage(file: URL): Map<string, Json> {
  const tar = gunzipSync(readFileSync(file));
  const files = new Map<string, Json>();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const field = (from: number, length: number): string =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = parseInt(field(124, 12), 8);
    const name = field(0, 100);
    if (name.endsWith('.json')) {
      files.set(
        name.slice(name.lastIndexOf('/') + 1),
        JSON.parse(tar.toString('utf8', at + 512, at + 512 + size)) as Json,
      );
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** Conformance resources by canonical URL: the national ones first, then R5's own, read when asked for. */
export class Definitions {
  readonly #byUrl = new Map<string, Json>();
  readonly #core = new Map<string, Json | undefined>();

  constructor(o: { national: boolean }) {
    if (!o.national) return;
    for (const resource of readPackage(nationalPackage).values()) {
      // A supplement adds designations to a system it does not own; the system itself is looked up elsewhere.
      if (typeof resource.url !== 'string' || resource.content === 'supplement') continue;
      this.#byUrl.set(resource.url, resource);
    }
  }

  /** @returns the definition, or undefined when neither package has it */
  find(type: 'StructureDefinition' | 'ValueSet' | 'CodeSystem', canonical: string): Json | undefined {
    const url = canonical.replace(/\|.*$/, '');
    return this.#byUrl.get(url) ?? this.#fromCore(type, url.slice(url.lastIndexOf('/') + 1), url);
  }

  #fromCore(type: string, id: string, url: string): Json | undefined {
    const key = `${type}-${id}.json`;
    if (!this.#core.has(key)) {
      const file = join(core, key);
      this.#core.set(key, existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Json) : undefined);
    }
    const found = this.#core.get(key);
    return found?.url === url ? found : undefined;
  }
}
