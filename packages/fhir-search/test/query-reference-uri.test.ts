import { refuses } from './searching.ts';

refuses('reference: refusals', 'Observation', [
  ['subject=a b', ['bad-value'], /Type\/id/],
  ['subject=Patint/1', ['bad-value'], /"near":\["Patient"/],
  ['subject:Group=Patient/1', ['bad-value'], /reference to a Group/],
  ['subject:Encounter=1', ['unknown-modifier'], /one of the types/],
  ['subject:code-text=a', ['not-supported'], /:text compares/],
  ['subject:below=1', ['not-supported'], /look-up/],
  ['encounter:in=List/1', ['not-supported'], /look-up/],
  ['encounter:exact=1', ['unknown-modifier']],
  ['subject:identifier=a|b|c', ['bad-value']],
]);

refuses('reference: refusals of canonicals', 'QuestionnaireResponse', [
  ['questionnaire:identifier=a', ['unknown-modifier']],
  ['questionnaire:above=http://a', ['not-supported'], /version/],
  ['questionnaire:below=a b|1', ['bad-value']],
  ['questionnaire.title=a', ['not-supported'], /canonical/],
]);

refuses('uri: refusals', 'ValueSet', [
  ['url:below=urn:oid:1.2', ['bad-value'], /URL/],
  ['url:above=x', ['bad-value']],
  ['url:exact=x', ['unknown-modifier'], /uri/],
]);
