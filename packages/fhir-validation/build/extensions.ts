import type { BaseDefinition, SnapshotElement } from './packages.ts';
import { elementOf, picked } from './profiles.ts';

/** Elements of the definition of an extension that the validator reads. */
const ofExtension = [
  ...[
    'url',
    'version',
    'name',
    'status',
    'kind',
    'type',
    'baseDefinition',
    'derivation',
    'context',
    'contextInvariant',
  ],
];

const versionUse = 'http://hl7.org/fhir/StructureDefinition/version-specific-use';

/** Where R5 itself puts an extension that its definition, written later, does not allow there: in the definitions of all its primitives. */
const furtherContexts: Readonly<Record<string, string>> = {
  'http://hl7.org/fhir/StructureDefinition/regex': 'ElementDefinition.type',
};

/** Types of values beside the defined ones: all who write the column of a finding, HL7's own validator among them, write an integer. */
const furtherTypes: Readonly<Record<string, string>> = {
  'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col': 'integer',
};

/**
 * The extensions that HL7 defines apart from R5, as differentials: each as its JSON, by its canonical, so that a reader parses only those
 * that it meets.
 */
export function encodeExtensions(definitions: readonly BaseDefinition[]): Record<string, string> {
  const encoded: Record<string, string> = {};
  for (const definition of definitions) {
    const { differential, snapshot, url } = definition;
    if (differential === undefined) continue;
    const root = snapshot?.element[0];
    const element = differential.element
      .map((one) => extensionElement(withFurtherType(one, url), root))
      .filter((one) => !isBare(one));
    const further = furtherContexts[url];
    const context = [
      ...(definition.context ?? []),
      ...(further === undefined ? [] : [{ type: 'element', expression: further }]),
    ];
    const extension = (definition.extension ?? []).filter((one) => one.url === versionUse);
    encoded[url] = JSON.stringify({
      ...picked(definition, ofExtension),
      ...(extension.length > 0 && { extension }),
      context,
      differential: { element },
    });
  }
  return encoded;
}

function withFurtherType(element: SnapshotElement, url: string): SnapshotElement {
  const further = furtherTypes[url];
  if (further === undefined || element.path !== 'Extension.value[x]') return element;
  return { ...element, type: [...(element.type ?? []), { code: further }] };
}

/** An element with what it states; the root says whether the extension is a modifier, which only its snapshot may tell. */
function extensionElement(element: SnapshotElement, root: SnapshotElement | undefined): object {
  const isModifier =
    element.path === 'Extension' && (root as { isModifier?: boolean } | undefined)?.isModifier === true;
  return { ...elementOf(element), ...(isModifier && { isModifier }) };
}

/** Whether an element says nothing beside where it is. */
const isBare = (element: object): boolean => Object.keys(element).every((name) => name === 'id' || name === 'path');
