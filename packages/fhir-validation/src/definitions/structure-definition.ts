import { typeOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { soundOf } from '../contract/sound.ts';
import type { ElementDefinition, StructureDefinition } from '../contract/definitions.ts';
import type { Run } from '../run.ts';
import { baseOf, checkConstraints, checkDerived } from './derivation.ts';
import { checkContexts } from './contexts.ts';
import { checkElements } from './elements.ts';
import { checkKeys } from './keys.ts';
import { checkObligations } from './obligations.ts';
import { checkSliced, checkSlices } from './slices.ts';
import { obstacleOf } from './snapshot-obstacles.ts';

/** Checks the rules of a StructureDefinition beyond its invariants. https://hl7.org/fhir/R5/profiling.html */
export function checkStructureDefinition(resource: Json, run: Run): void {
  // Members with a wrong type are reported by the structural checks.
  const definition = soundOf(resource as unknown as StructureDefinition, 'StructureDefinition')!;
  const elements = listOf(isObject(resource['differential']) ? resource['differential']['element'] : undefined)
    .map((element, i) => ({ element, i }))
    .filter((one): one is Stated => isObject(one.element) && typeof one.element['path'] === 'string');
  if (definition.type === 'Extension') checkExtensionUrl(definition, elements, run);
  checkContexts(definition, run);
  checkBase(definition, run);
  checkType(definition, run);
  if (definition.derivation === 'constraint') {
    checkProfile(definition, elements, run);
    checkSnapshot(resource, definition, elements, run);
  }
  if (resource['extension'] !== undefined) checkObligations(resource, definition, run);
  checkElements(resource, run);
}

/** Checks the conditions for a snapshot. If an obstacle makes a snapshot impossible, only that is reported. */
function checkSnapshot(resource: Json, definition: StructureDefinition, elements: readonly Stated[], run: Run): void {
  const stated = elements.map(({ element }) => element);
  const obstacle = obstacleOf(resource, stated, definition, run);
  if (obstacle !== undefined) {
    run.report('definition-snapshot', { obstacle });
    return;
  }
  checkSliced(definition, elements, run);
  checkSlices(definition, stated, run);
  checkConstraints(resource, definition, run);
}

function checkProfile(definition: StructureDefinition, elements: readonly Stated[], run: Run): void {
  const { type } = definition;
  if (type !== 'Extension') checkForbidden(elements, run);
  if (typeOf(type) !== undefined) checkKeys(definition, elements, run);
  checkMustSupport(elements, run);
}

/**
 * The type is either a type of R5, which only a profile may constrain, or a logical model, which is named by an absolute URL.
 * https://hl7.org/fhir/R5/structuredefinition-definitions.html#StructureDefinition.type
 */
function checkType({ type, url, derivation, kind }: Partial<StructureDefinition>, run: Run): void {
  if (typeof type !== 'string' || type === '') return;
  run.enter('type', -1);
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(type)) {
    const space = spaceOf(url ?? '');
    if (derivation !== 'constraint' && ![space, space.replace('StructureDefinition/', '')].includes(spaceOf(type)))
      run.report('definition-type-namespace', { type: shown(type), url: shown(url) });
    if (kind !== 'logical') run.report('definition-type-not-logical', { type: shown(type), kind: shown(kind) });
  } else if (typeOf(type) === undefined && !isAbstractBase.test(ofR5 + type))
    // HL7 itself names logical models by paths, and its reference validator does not report them.
    run.report('definition-type-unknown', { type: shown(type) }, kind === 'logical' ? 'warning' : 'error');
  else if (derivation !== 'constraint' && url !== ofR5 + type)
    run.report('definition-type-taken', { type: shown(type) });
  run.leave();
}

const ofR5 = 'http://hl7.org/fhir/StructureDefinition/';

/** Returns a URL up to its last slash. */
const spaceOf = (url: string): string => (url.includes('/') ? url.slice(0, url.lastIndexOf('/')) : url);

/** Reports a base that is not available, and a profile whose type differs from that of its base. */
function checkBase(definition: StructureDefinition, run: Run): void {
  const { baseDefinition, derivation, type } = definition;
  if (typeof baseDefinition !== 'string') return;
  const base = baseOf(baseDefinition, run);
  if (base === undefined) {
    // A relative URL is reported elsewhere.
    if (!isAbstractBase.test(baseDefinition) && baseDefinition.includes(':'))
      run.report('definition-base-unknown', { base: shown(baseDefinition) });
    return;
  }
  checkDerived(definition, base, run);
  checkBases(definition, run);
  if (derivation === 'constraint' && typeof type === 'string' && base.type !== type)
    run.report('definition-base-type', { type: shown(type), base: base.type });
}

/** R5 definitions that serve as bases of types and are not types in our model. */
const isAbstractBase =
  /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/(?:Base|Element|BackboneElement|BackboneType|DataType|PrimitiveType|Resource|DomainResource|CanonicalResource|MetadataResource|Definition|Event|Request|FiveWs|Participant\w*|Product|\w*Pattern)(?:\||$)/;

interface Stated {
  readonly element: Json & ElementDefinition;
  readonly i: number;
}

const mostBases = 40;

/** The R5 types that are marked experimental, by canonical. */
const experiments: ReadonlySet<string> = new Set(
  [
    'BiologicallyDerivedProductDispense ConditionDefinition DeviceAssociation DeviceDispense EncounterHistory EnrollmentRequest',
    'EnrollmentResponse EventDefinition EvidenceReport FormularyItem GenomicStudy InsurancePlan InventoryItem InventoryReport',
    'Invoice Linkage Permission ResearchStudy ResearchSubject SubstanceNucleicAcid SubstancePolymer SubstanceProtein',
    'SubstanceReferenceInformation SubstanceSourceMaterial TestPlan',
  ].flatMap((names) => names.split(' ').map((name) => ofR5 + name)),
);

/**
 * Reports a definition that is its own base, and a non-experimental definition with an experimental base.
 * https://hl7.org/fhir/R5/profiling.html
 */
function checkBases({ url, baseDefinition, experimental }: StructureDefinition, run: Run): void {
  if (typeof baseDefinition !== 'string') return;
  if (baseDefinition.split('|', 1)[0] === url) run.report('definition-circular', { url: shown(url) });
  const base = run.rules.profiles.structure(baseDefinition);
  const isExperiment = base?.experimental === true || experiments.has(baseDefinition.split('|', 1)[0]!);
  if (isExperiment && experimental !== true)
    run.report('definition-base-experimental', { base: shown(baseDefinition) });
  for (let i = 0, at = base; at !== undefined && i < mostBases; i += 1) {
    if (at.url === url && i > 0) {
      run.report('definition-circular', { url: shown(url) });
      return;
    }
    at = at.baseDefinition === undefined ? undefined : run.rules.profiles.structure(at.baseDefinition);
  }
}

/** Runs a check at an element of the differential. */
function at(i: number, run: Run, check: () => void): void {
  run.enter('differential', -1);
  run.enter('element', i);
  check();
  run.leave();
  run.leave();
}

/**
 * Reports elements that only a base may state and profiles may not. An extension definition is the base of its own parts, so these pass.
 * https://hl7.org/fhir/R5/elementdefinition.html#interpretation
 */
function checkForbidden(elements: readonly Stated[], run: Run): void {
  for (const { element, i } of elements) {
    for (const name of Object.keys(element)) {
      // Default values are covered by the invariant sdf-21.
      if (name !== 'meaningWhenMissing' || element.path.endsWith('.extension')) continue;
      at(i, run, () => run.report('definition-element-not-allowed', { element: name, path: element.path }));
    }
  }
}

/** https://hl7.org/fhir/R5/defining-extensions.html: the url of an extension is that of its definition. */
function checkExtensionUrl(
  { url, derivation, baseDefinition }: StructureDefinition,
  elements: readonly Stated[],
  run: Run,
): void {
  const stated = elements.find(({ element }) => element.path === 'Extension.url')?.element['fixedUri'];
  if (derivation !== 'constraint' || stated === url || (stated !== undefined && typeof stated !== 'string')) return;
  if (stated === undefined) {
    if (baseDefinition?.endsWith('/Extension') === true && typeof url === 'string')
      run.report('definition-extension-url-missing', { expected: shown(url) });
    return;
  }
  run.report('definition-extension-url', { found: shown(stated), expected: shown(url) });
}

/** Reports a slice without must-support whose element has must-support. */
function checkMustSupport(elements: readonly Stated[], run: Run): void {
  const sliced = new Set<string>();
  for (const { element } of elements) {
    if (element.slicing !== undefined && element['mustSupport'] === true) sliced.add(element.path);
    else if (element.sliceName !== undefined && sliced.has(element.path) && element['mustSupport'] !== true) {
      run.enter('differential', -1);
      run.report('definition-slice-support', { slice: element.sliceName, path: element.path });
      run.leave();
    }
  }
}
