import type { EncodedRule } from '../src/invariants/encoding.ts';
import type { BaseDefinition, SnapshotElement } from './packages.ts';

const bestPractice = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice';

/** Rules that the type of an element states itself; a few definitions repeat them on elements of that type. */
const ofTypes = new Set(['ele-1', 'ext-1']);

/**
 * The invariants of the base types by the path that states them (`Quantity`, `Patient.contact`, `ElementDefinition.max`), each
 * once: snapshots repeat what is inherited, and 37 of them leave some of it out, so that the reader follows the base types. An
 * element whose type is a profile (SimpleQuantity) has the invariants of that, too.
 */
export function encodeRules(definitions: readonly BaseDefinition[]): Record<string, EncodedRule[]> {
  const rules: Record<string, EncodedRule[]> = {};
  const byUrl = new Map(definitions.map((definition) => [definition.url, definition]));
  for (const definition of definitions) {
    if (definition.kind === 'logical' || definition.derivation === 'constraint') continue;
    const { differential, snapshot, url } = definition;
    const stated = [...(differential?.element ?? []), ...(snapshot?.element ?? []).map((element) => own(element, url))];
    for (const element of stated) {
      addRules(rules, element);
      for (const profile of profilesOf(element)) addRules(rules, { ...rootOf(byUrl.get(profile)), path: element.path });
    }
  }
  return rules;
}

function profilesOf({ type = [] }: SnapshotElement): string[] {
  return type.flatMap(({ profile = [] }) => profile);
}

/** Constraints that a profile itself states on the root of its type. */
function rootOf(definition: BaseDefinition | undefined): SnapshotElement {
  const root = definition?.derivation === 'constraint' ? definition.differential?.element[0] : undefined;
  return { path: '', constraint: root?.constraint ?? [] };
}

/** The element with the constraints that this definition states, not those that it inherits. */
function own(element: SnapshotElement, url: string): SnapshotElement {
  return { ...element, constraint: (element.constraint ?? []).filter(({ source }) => source === url) };
}

function addRules(rules: Record<string, EncodedRule[]>, element: SnapshotElement): void {
  const path = element.path.replace('[x]', '');
  for (const constraint of element.constraint ?? []) {
    const { key, severity, human, expression } = constraint;
    if (expression === undefined || (path.includes('.') && ofTypes.has(key))) continue;
    const found = (rules[path] ??= []);
    if (found.some((rule) => rule.key === key && rule.expression === expression)) continue;
    const isAdvice = constraint.extension?.some(
      ({ url, valueBoolean }) => url === bestPractice && valueBoolean === true,
    );
    found.push({ key, severity, human, expression, ...(isAdvice === true && { advice: true as const }) });
  }
}
