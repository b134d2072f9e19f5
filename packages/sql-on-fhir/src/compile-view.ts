import type { Budget } from '@dhp/budget';
import { isFormerResourceType } from '@dhp/fhir-model';
import { constantsOf } from './constants.ts';
import { expression, type Building, type Expression, type Frame } from './expressions.ts';
import { Findings, InvalidView, type ViewIssue } from './faults.ts';
import { checkProfile, type ViewProfile } from './profiles.ts';
import { selection } from './selection.ts';
import { checkStructure } from './structure.ts';
import { isImpossible } from './types.ts';
import { View } from './view.ts';
import type { ViewDefinition } from './view-definition.ts';

/**
 * A ViewDefinition prepared to be run; of 2.x and of the ballot of 3.0. https://sql-on-fhir.org/ig/
 * @param definition as JSON.parse gives it; it is only read
 * @param options.work the budget of what this is a part of
 * @throws InvalidView with every fault that can be told without data, each with its place and cure
 * @example
 * const view = compileView({ resource: 'Patient', select: [{ column: [{ name: 'born', path: 'birthDate' }] }] });
 * view.rows({ resourceType: 'Patient', birthDate: '1974-12-25' }); // [ { born: '1974-12-25' } ]
 */
export function compileView(definition: unknown, options: { readonly work?: Budget } = {}): View {
  const findings = new Findings();
  const view = build(definition, findings, options);
  if (view === undefined) throw new InvalidView(findings.issues.filter(({ severity }) => severity === 'error'));
  return view;
}

/**
 * All findings about a view without data: errors, and warnings of paths that lead nowhere.
 * @param options.profile rules of a profile of the specification are checked, too
 * @example
 * checkView({ resource: 'Patient', select: [{ column: [{ name: 'a', path: '%b' }] }] })[0]?.place; // 'ViewDefinition.select[0].column[0].path'
 */
export function checkView(definition: unknown, options: { readonly profile?: ViewProfile } = {}): readonly ViewIssue[] {
  const findings = new Findings();
  build(definition, findings, options);
  return findings.issues;
}

interface BuildOptions {
  readonly profile?: ViewProfile;
  readonly work?: Budget;
}

function build(definition: unknown, findings: Findings, { profile, work }: BuildOptions): View | undefined {
  checkStructure(definition, findings);
  if (findings.hasErrors()) return undefined;
  const view = definition as ViewDefinition;
  if (profile !== undefined) checkProfile(profile, view, findings);
  warnOfVersion(view, findings);
  const { resource } = view;
  const type = isFormerResourceType(resource) ? '' : resource;
  const building: Building = {
    type,
    constants: constantsOf(view, findings),
    findings,
    paths: [],
    ...(work && { work }),
  };
  const root: Frame = { types: type === '' ? undefined : [type], isRoot: true };
  const where = (view.where ?? []).map(({ path }, n) =>
    condition(path, `ViewDefinition.where[${n}].path`, root, building),
  );
  // The selections of the view itself are combined as those of a select are.
  const whole = selection({ select: view.select }, 'ViewDefinition', root, building);
  if (whole.columns.length === 0)
    findings.warn('column', 'ViewDefinition.select', 'has no column, so that rows are empty. Add one.');
  if (findings.hasErrors()) return undefined;
  const { constants, paths } = building;
  return new View({ resource, selection: whole, where, constants, paths });
}

function warnOfVersion(view: ViewDefinition, findings: Findings): void {
  const { fhirVersion } = view as { readonly fhirVersion?: unknown };
  if (!Array.isArray(fhirVersion) || fhirVersion.some((version) => String(version).startsWith('5.'))) return;
  findings.warn(
    'structure',
    'ViewDefinition.fhirVersion',
    'does not name R5, whose elements are used here. Add 5.0.0.',
  );
}

function condition(path: string, place: string, root: Frame, building: Building): Expression {
  const made = expression(path, place, root, building);
  if (made.types !== undefined && isImpossible('boolean', made.types)) {
    const given = made.types.join(' or ');
    building.findings.error(
      'type',
      place,
      `gives ${given}. Give a condition that is true or false, such as by exists().`,
    );
  }
  return made;
}
