export { Validator, type ValidatorOptions } from './validator.ts';
export type { Issue, IssueCode, Severity } from './issue.ts';
export type { MessageId } from './messages/kinds.ts';
export { describeIssue, type Language } from './messages/describe.ts';
export type { CodeKnowledge, Codes, Membership } from './terminology/codes.ts';
export type { Definitions, ElementDefinition, StructureDefinition, UsageContext } from './profiles/definitions.ts';
export type { Questionnaire, QuestionnaireItem } from './questionnaire/questionnaire.ts';
export { placeIssues, type Place } from './report/place.ts';
export { operationOutcome, type OperationOutcomeIssue } from './report/operation-outcome.ts';
