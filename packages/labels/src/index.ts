/** @dhp/labels: security labels by codes and by inheritance. Pure: rows are made, and put into statements, by others. */
export { codingOf, confidentialities, highestConfidentiality, mostRestricted, withholding } from './confidentiality.ts';
export {
  definitionOf,
  labelReader,
  type LabelDefinition,
  type LabelReader,
  type LabelRuleCodes,
} from './label-reader.ts';
export { containerTypes, membersOf } from './members.ts';
export { inheritedLabels, isLabelled, mostReached, type LabelledResource } from './inherit.ts';
export { tellsOfNobody } from './definitional-types.ts';
