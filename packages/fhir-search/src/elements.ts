/** The side door to the elements that search parameters read, the types of their values, the systems of their codes, and their modifiers. */
export { impliedSystem } from './parameters/code-system.ts';
export { elementPaths, type ElementPath, type ElementStep } from './parameters/element-paths.ts';
export { modifiersByType, modifiersOf } from './query/modifiers.ts';
export { branchesOf } from './parameters/expression-branches.ts';
export { isSingle } from './parameters/parameter-paths.ts';
export { partParameters, impliesPatientCompartment } from './parameters/belonging.ts';
export {
  booleanSystem,
  expectedOf,
  hasMimeTypes,
  hasReferences,
  isBoolean,
  onlySystem,
} from './parameters/value-types.ts';
