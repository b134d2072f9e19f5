import { profiles as encodedProfiles } from '../../generated/definitions.ts';
import type { Questionnaire } from '../questionnaire/questionnaire.ts';
import type { Definitions, StructureDefinition } from './definitions.ts';
import { ProfileNode } from './node.ts';
import { Overlay } from './overlay.ts';
import { applyDefinition, applySnapshot, baseTypeOf } from './tree.ts';

/** An extension as its definition describes it. */
export interface ExtensionProfile {
  readonly definition: StructureDefinition;
  readonly overlay: Overlay;
  /** Whether its definition says that it changes the meaning of what it stands on. */
  readonly isModifying: boolean;
}

const mostBases = 40;

/** A stated version may be a part of the whole: 1.0 of 1.0.2. */
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

/** Profiles and extensions, each compiled when it is first asked for. */
export class ProfileSource {
  readonly #definitions: Definitions | undefined;
  readonly #overlays = new Map<string, Overlay | undefined>();
  readonly #extensions = new Map<string, ExtensionProfile | undefined>();

  constructor(definitions: Definitions | undefined) {
    this.#definitions = definitions;
  }

  /** The definition of a profile (`url` or `url|version`); undefined when it is not at hand. */
  structure(canonical: string): StructureDefinition | undefined {
    const [url = '', version] = canonical.split('|');
    // What R5 defines nobody defines otherwise.
    const core = coreProfile(url);
    if (core !== undefined && fits(core, version)) return core;
    const found = this.#definitions?.structure(url, version);
    return found !== undefined && fits(found, version) ? found : undefined;
  }

  /** The questionnaire of a canonical; undefined when it is not at hand. */
  questionnaire(canonical: string): Questionnaire | undefined {
    const [url = '', version] = canonical.split('|');
    return this.#definitions?.questionnaire?.(url, version);
  }

  /** The constraints of a profile on top of R5; undefined when its definition is not at hand. */
  overlay(canonical: string): Overlay | undefined {
    let overlay = this.#overlays.get(canonical);
    if (overlay !== undefined || this.#overlays.has(canonical)) return overlay;
    const type = baseTypeOf(canonical);
    if (type !== undefined) overlay = new Overlay(canonical, type, new ProfileNode(type, undefined), this);
    else {
      const definition = this.structure(canonical);
      const root = definition === undefined ? undefined : this.#tree(definition, 0);
      if (definition !== undefined && root !== undefined)
        overlay = new Overlay(definition.url, definition.type, root, this);
    }
    this.#overlays.set(canonical, overlay);
    return overlay;
  }

  /** The extension with this url; undefined when its definition is not at hand. */
  extension(url: string): ExtensionProfile | undefined {
    if (this.#extensions.has(url)) return this.#extensions.get(url);
    const definition = this.structure(url);
    const overlay = definition?.type === 'Extension' ? this.overlay(url) : undefined;
    const elements = definition?.snapshot?.element ?? definition?.differential?.element ?? [];
    const root = elements.find(({ path }) => path === 'Extension') as { isModifier?: boolean } | undefined;
    const found =
      definition === undefined || overlay === undefined
        ? undefined
        : { definition, overlay, isModifying: root?.isModifier === true };
    this.#extensions.set(url, found);
    return found;
  }

  /** What a definition says that is none of those at hand; undefined when its base is not. */
  treeOf(definition: StructureDefinition): ProfileNode | undefined {
    return typeof definition.type === 'string' ? this.#tree(definition, 0) : undefined;
  }

  /** The tree of a profile: that of its base, with its differential over it. Undefined when neither base nor snapshot is there. */
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
