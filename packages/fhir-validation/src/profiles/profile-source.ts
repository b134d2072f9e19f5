import { typeOf } from '@dhp/fhir-model';
import { profiles as encodedProfiles } from '../../generated/definitions.ts';
import type { Questionnaire } from '../contract/questionnaire.ts';
import type { Json } from '../json.ts';
import { baseTypeOf, builtInExtension, type Definitions, type StructureDefinition } from '../contract/definitions.ts';
import { soundOf } from '../contract/sound.ts';
import { contextsOf, isForThisVersion } from '../contract/extension-contexts.ts';
import type { ExtensionProfile, Profiles, Run } from '../run.ts';
import { ProfileNode } from './node.ts';
import { Overlay } from './overlay.ts';
import { applyDefinition, applySnapshot } from './tree.ts';

const mostBases = 40;
const coreExtension = 'http://hl7.org/fhir/StructureDefinition/Extension';
const imposes = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-imposeProfile';

/** A stated version may be a prefix of the full version: 1.0 of 1.0.2. */
function fits(found: StructureDefinition, version: string | undefined): boolean {
  return version === undefined || found.version === undefined || `${found.version}.`.startsWith(`${version}.`);
}

let core: ReadonlyMap<string, StructureDefinition> | undefined;

function coreProfile(url: string): StructureDefinition | undefined {
  core ??= new Map(
    (JSON.parse(encodedProfiles) as StructureDefinition[]).map((definition) => [definition.url, definition]),
  );
  return core.get(url);
}

/** Profiles and extensions, each compiled on first use. */
export class ProfileSource implements Profiles {
  readonly #definitions: Definitions | undefined;
  readonly #overlays = new Map<string, Overlay | undefined>();
  /** By definition, because canonicals with and without a version may name the same one. */
  readonly #overlaysOf = new Map<StructureDefinition, Overlay>();
  readonly #extensions = new Map<string, ExtensionProfile | undefined>();
  readonly #types = new Map<string, string | undefined>();
  /** Cache of the readable parts of definitions, by type and canonical. Overlays are found by these objects, so they must stay the same. */
  readonly #sound = new Map<string, { readonly stated: object; readonly sound: object | undefined }>();

  constructor(definitions: Definitions | undefined) {
    this.#definitions = definitions;
  }

  /** Returns the definition of a profile (`url` or `url|version`); undefined if it is not available. */
  structure(canonical: string): StructureDefinition | undefined {
    const [url = '', version] = canonical.split('|');
    // R5 definitions cannot be replaced.
    const core = coreProfile(url);
    if (core !== undefined && fits(core, version)) return core;
    const found = this.#soundOf('StructureDefinition', canonical, this.#definitions?.structure(url, version));
    if (typeof found?.type === 'string' && fits(found, version)) return found;
    const builtIn = builtInExtension(url);
    return builtIn !== undefined && fits(builtIn, version) ? builtIn : undefined;
  }

  /** Returns the readable parts of an available definition; undefined if there is none or nothing in it is readable. */
  #soundOf<T extends object>(type: string, canonical: string, stated: T | undefined): T | undefined {
    if (stated === undefined) return undefined;
    const key = `${type} ${canonical}`;
    const known = this.#sound.get(key);
    if (known?.stated === stated) return known.sound as T | undefined;
    const sound = soundOf(stated, type);
    this.#sound.set(key, { stated, sound });
    return sound;
  }

  /** Returns the R5 type that a profile constrains (`url` or `url|version`); undefined if its definition is not available. */
  typeFor(canonical: string): string | undefined {
    const known = this.#types.get(canonical);
    if (known !== undefined || this.#types.has(canonical)) return known;
    const type = baseTypeOf(canonical) ?? this.structure(canonical)?.type;
    const found = type !== undefined && typeOf(type) !== undefined ? type : undefined;
    this.#types.set(canonical, found);
    return found;
  }

  /** Returns a questionnaire by canonical; undefined if it is not available. */
  questionnaire(canonical: string): Questionnaire | undefined {
    const [url = '', version] = canonical.split('|');
    return this.#soundOf('Questionnaire', canonical, this.#definitions?.questionnaire?.(url, version));
  }

  /** Whether definitions of other types are available at all. */
  get hasOthers(): boolean {
    return this.#definitions?.other !== undefined;
  }

  /** Returns a definition of another type by canonical; undefined if it is not available. */
  other(type: string, canonical: string): Json | undefined {
    const [url = '', version] = canonical.split('|');
    return this.#soundOf(type, canonical, this.#definitions?.other?.(type, url, version));
  }

  /** Returns the compiled profile; undefined if its definition is not available. */
  overlay(canonical: string): Overlay | undefined {
    let overlay = this.#overlays.get(canonical);
    if (overlay !== undefined || this.#overlays.has(canonical)) return overlay;
    const type = baseTypeOf(canonical);
    if (type !== undefined) {
      if (isOfR5(canonical)) overlay = new Overlay(canonical, type, new ProfileNode(type, undefined), this);
    } else {
      const definition = this.structure(canonical);
      if (definition !== undefined) overlay = this.#overlaysOf.get(definition) ?? this.#compile(definition);
    }
    this.#overlays.set(canonical, overlay);
    return overlay;
  }

  #compile(definition: StructureDefinition): Overlay | undefined {
    const root = this.#tree(definition, 0);
    if (root === undefined) return undefined;
    const overlay = new Overlay(definition.url, definition.type, root, this, this.#imposedBy(definition));
    this.#overlaysOf.set(definition, overlay);
    return overlay;
  }

  /**
   * Returns the canonicals of the profiles that this profile and its bases impose on every conforming resource.
   * https://hl7.org/fhir/extensions/StructureDefinition-structuredefinition-imposeProfile.html
   */
  #imposedBy(definition: StructureDefinition): string[] {
    const found = new Set<string>();
    let at: StructureDefinition | undefined = definition;
    for (let i = 0; at !== undefined && i < mostBases; i += 1) {
      for (const { url, valueCanonical } of at.extension ?? [])
        if (url === imposes && valueCanonical !== undefined) found.add(valueCanonical);
      at = at.baseDefinition === undefined ? undefined : this.structure(at.baseDefinition);
    }
    return [...found];
  }

  /** Returns the extension with this URL; undefined if its definition is not available. */
  extension(url: string): ExtensionProfile | undefined {
    const known = this.#extensions.get(url);
    if (known !== undefined || this.#extensions.has(url)) return known;
    const definition = this.structure(url);
    const overlay = definition?.type === 'Extension' ? this.overlay(url) : undefined;
    const elements = definition?.snapshot?.element ?? definition?.differential?.element ?? [];
    const root = elements.find(({ path }) => path === 'Extension') as { isModifier?: boolean } | undefined;
    const found =
      definition === undefined || overlay === undefined
        ? undefined
        : {
            ...{ definition, contexts: contextsOf(definition), overlay, isModifying: root?.isModifier === true },
            isForThisVersion: isForThisVersion(definition.extension),
            onTypes: new Map<string, boolean>(),
            parts: this.#partsOf(definition),
          };
    this.#extensions.set(url, found);
    return found;
  }

  #partsOf(definition: StructureDefinition): ReadonlySet<string> | undefined {
    const names = new Set<string>();
    let at: StructureDefinition | undefined = definition;
    for (let i = 0; at !== undefined && i < mostBases; i += 1) {
      for (const element of [at.snapshot, at.differential].flatMap((stated) => stated?.element ?? [])) {
        const { fixedUri, patternUri } = element as { fixedUri?: unknown; patternUri?: unknown };
        const name = fixedUri ?? patternUri;
        if (element.path === 'Extension.extension.url' && typeof name === 'string') names.add(name);
      }
      // A snapshot includes the statements of the bases.
      if (at.snapshot !== undefined || at.baseDefinition === coreExtension) return names;
      at = at.baseDefinition === undefined ? undefined : this.structure(at.baseDefinition);
    }
    return undefined;
  }

  /** Returns the tree of a definition that is not among the loaded ones; undefined if its base is not available. */
  treeOf(definition: StructureDefinition): ProfileNode | undefined {
    const sound = soundOf(definition, 'StructureDefinition');
    return typeof sound?.type === 'string' ? this.#tree(sound, 0) : undefined;
  }

  /** Returns the tree of a profile: that of its base with the differential applied. Undefined if neither base nor snapshot is available. */
  #tree(definition: StructureDefinition, depth: number): ProfileNode | undefined {
    const { baseDefinition, type, derivation } = definition;
    if (depth > mostBases) return undefined;
    if (derivation === 'specialization') return new ProfileNode(type, undefined);
    const base = baseDefinition === undefined ? undefined : this.#baseTree(baseDefinition, depth);
    if (base === undefined || definition.differential === undefined) {
      if (definition.snapshot === undefined) return undefined;
      const root = new ProfileNode(type, undefined);
      applySnapshot(root, definition);
      return root;
    }
    applyDefinition(base, definition);
    return base;
  }

  #baseTree(canonical: string, depth: number): ProfileNode | undefined {
    const type = baseTypeOf(canonical);
    if (type !== undefined) return new ProfileNode(type, undefined);
    const definition = this.structure(canonical);
    return definition === undefined ? undefined : this.#tree(definition, depth + 1)?.clone();
  }
}

/** Types of other FHIR releases (`…/Patient|4.0.1`) are not available. Without a version R5 is assumed. */
function isOfR5(canonical: string): boolean {
  const [, version] = canonical.split('|');
  return version === undefined || `${version}.`.startsWith('5.');
}

/**
 * Returns the compiled profiles of a run, whose interface does not expose their trees.
 * @throws TypeError if the profiles of the run were not compiled by this package
 */
export function compiledProfiles({ rules: { profiles } }: Run): ProfileSource {
  if (profiles instanceof ProfileSource) return profiles;
  throw new TypeError('the profiles of the run are not compiled here');
}
