// Made by `npm run messages` from messages/finding/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/finding/uz.json' with { type: 'json' };
import ru from '../../messages/finding/ru.json' with { type: 'json' };
import en from '../../messages/finding/en.json' with { type: 'json' };

export interface FindingMessages {
  readonly 'resource-expected': (values: { readonly found: MessageValue }) => string;
  readonly 'resource-type-missing': string;
  readonly 'resource-type-unknown': (values: { readonly type: MessageValue }) => string;
  readonly 'nested-too-deep': (values: { readonly most: MessageValue }) => string;
  readonly 'unknown-element': (values: {
    readonly type: MessageValue;
    readonly element: MessageValue;
    readonly near?: MessageValue | undefined;
  }) => string;
  readonly 'element-missing': (values: {
    readonly element: MessageValue;
    readonly min: MessageValue;
    readonly count: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'too-many': (values: {
    readonly element: MessageValue;
    readonly max: MessageValue;
    readonly count: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'array-expected': (values: { readonly element: MessageValue }) => string;
  readonly 'array-not-allowed': (values: { readonly element: MessageValue }) => string;
  readonly 'array-empty': (values: { readonly element: MessageValue }) => string;
  readonly 'object-expected': (values: {
    readonly type: MessageValue;
    readonly found: MessageValue;
    readonly value: MessageValue;
  }) => string;
  readonly 'object-empty': string;
  readonly 'null-not-allowed': (values: { readonly element: MessageValue }) => string;
  readonly 'choice-twice': (values: { readonly element: MessageValue; readonly names: MessageValue }) => string;
  readonly 'sibling-length': (values: {
    readonly element: MessageValue;
    readonly count: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'json-type': (values: {
    readonly type: MessageValue;
    readonly expected: MessageValue;
    readonly found: MessageValue;
    readonly value: MessageValue;
  }) => string;
  readonly 'value-empty': (values: { readonly type: MessageValue }) => string;
  readonly 'value-format': (values: {
    readonly value: MessageValue;
    readonly type: MessageValue;
    readonly example: MessageValue;
  }) => string;
  readonly 'value-range': (values: {
    readonly value: MessageValue;
    readonly type: MessageValue;
    readonly min: MessageValue;
    readonly max: MessageValue;
  }) => string;
  readonly 'value-too-short': (values: { readonly length: MessageValue; readonly min: MessageValue }) => string;
  readonly 'value-too-long': (values: { readonly length: MessageValue; readonly max: MessageValue }) => string;
  readonly 'value-decimal-places': (values: { readonly value: MessageValue; readonly max: MessageValue }) => string;
  readonly 'value-control-character': (values: { readonly value: MessageValue }) => string;
  readonly 'value-below-minimum': (values: {
    readonly value: MessageValue;
    readonly min: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'value-pattern': (values: { readonly value: MessageValue; readonly regex: MessageValue }) => string;
  readonly 'value-above-maximum': (values: {
    readonly value: MessageValue;
    readonly max: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'value-not-comparable': (values: { readonly value: MessageValue; readonly limit: MessageValue }) => string;
  readonly 'limit-not-compared': (values: {
    readonly value: MessageValue;
    readonly limit: MessageValue;
    readonly why: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'limit-without-value': (values: {
    readonly limit: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'limit-no-duration': (values: {
    readonly limit: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'limit-no-quantity': (values: {
    readonly limit: MessageValue;
    readonly value: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'value-size': (values: { readonly actual: MessageValue; readonly max: MessageValue }) => string;
  readonly 'value-required': (values: {
    readonly element: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'text-white-space': (values: { readonly value: MessageValue }) => string;
  readonly 'text-direction': string;
  readonly 'markdown-html': (values: { readonly found: MessageValue }) => string;
  readonly 'oid-root': (values: { readonly value: MessageValue }) => string;
  readonly 'canonical-relative': (values: { readonly value: MessageValue }) => string;
  readonly 'canonical-unresolved': (values: { readonly canonical: MessageValue }) => string;
  readonly 'uri-unresolved': (values: { readonly uri: MessageValue }) => string;
  readonly 'canonical-version-hash': (values: { readonly version: MessageValue }) => string;
  readonly 'status-inconsistent': (values: {
    readonly status: MessageValue;
    readonly standard: MessageValue;
    readonly allowed: MessageValue;
  }) => string;
  readonly 'canonical-target': (values: {
    readonly canonical: MessageValue;
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'url-not-defined': (values: { readonly url: MessageValue }) => string;
  readonly 'year-unusual': (values: { readonly value: MessageValue }) => string;
  readonly 'decimal-unusual': (values: { readonly value: MessageValue }) => string;
  readonly 'id-duplicate': (values: { readonly id: MessageValue }) => string;
  readonly 'label-twice': (values: { readonly label: MessageValue }) => string;
  readonly 'contained-without-id': string;
  readonly 'contained-id-duplicate': (values: { readonly id: MessageValue }) => string;
  readonly 'contained-not-used': (values: { readonly id: MessageValue }) => string;
  readonly 'code-system-unknown': (values: { readonly system: MessageValue }) => string;
  readonly 'code-unknown': (values: { readonly code: MessageValue; readonly system: MessageValue }) => string;
  readonly 'code-inactive': (values: {
    readonly code: MessageValue;
    readonly system: MessageValue;
    readonly status: MessageValue;
  }) => string;
  readonly 'code-marked': (values: {
    readonly system: MessageValue;
    readonly code: MessageValue;
    readonly valueSet: MessageValue;
    readonly status: MessageValue;
  }) => string;
  readonly 'code-not-active': (values: {
    readonly system: MessageValue;
    readonly code: MessageValue;
    readonly status: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'display-wrong': (values: {
    readonly display: MessageValue;
    readonly system: MessageValue;
    readonly code: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'display-white-space': (values: {
    readonly display: MessageValue;
    readonly system: MessageValue;
    readonly code: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly invariant: (values: { readonly key: MessageValue; readonly human: MessageValue }) => string;
  readonly 'invariant-not-evaluated': (values: { readonly key: MessageValue; readonly reason: MessageValue }) => string;
  readonly 'code-not-in-value-set': (values: {
    readonly code: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'code-missing': (values: { readonly valueSet: MessageValue }) => string;
  readonly 'concept-not-in-value-set': (values: {
    readonly codes: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'display-not-in-value-set': (values: {
    readonly valueSet: MessageValue;
    readonly code: MessageValue;
    readonly display: MessageValue;
  }) => string;
  readonly 'concept-without-code': (values: { readonly valueSet: MessageValue }) => string;
  readonly 'code-outside-maximum': (values: {
    readonly codes: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'value-set-unknown': (values: { readonly valueSet: MessageValue }) => string;
  readonly 'binding-code-system': (values: { readonly system: MessageValue }) => string;
  readonly 'coding-without-system': string;
  readonly 'coding-system-missing': string;
  readonly 'coding-without-code': (values: { readonly system: MessageValue }) => string;
  readonly 'coding-version': (values: {
    readonly system: MessageValue;
    readonly version: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'coding-system-relative': (values: { readonly system: MessageValue }) => string;
  readonly 'coding-system-https': (values: {
    readonly system: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'code-not-in-fragment': (values: { readonly code: MessageValue; readonly system: MessageValue }) => string;
  readonly 'coding-system-value-set': (values: { readonly system: MessageValue }) => string;
  readonly 'coding-system-wrong': (values: { readonly system: MessageValue }) => string;
  readonly 'coding-system-is-value-set': (values: { readonly system: MessageValue }) => string;
  readonly 'coding-system-supplement': (values: { readonly system: MessageValue }) => string;
  readonly 'coding-of-supplement': (values: { readonly system: MessageValue }) => string;
  readonly 'identifier-system': (values: { readonly system: MessageValue }) => string;
  readonly 'identifier-system-mistaken': (values: { readonly system: MessageValue }) => string;
  readonly 'identifier-value-uri': (values: { readonly value: MessageValue }) => string;
  readonly 'identifier-uuid': (values: { readonly value: MessageValue }) => string;
  readonly 'reference-target': (values: { readonly found: MessageValue; readonly allowed: MessageValue }) => string;
  readonly 'reference-format': (values: { readonly reference: MessageValue }) => string;
  readonly 'reference-type-mismatch': (values: {
    readonly reference: MessageValue;
    readonly found: MessageValue;
    readonly type: MessageValue;
  }) => string;
  readonly 'reference-versioning': (values: {
    readonly reference: MessageValue;
    readonly expected: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'reference-aggregation': (values: {
    readonly reference: MessageValue;
    readonly found: MessageValue;
    readonly allowed: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'reference-unresolved': (values: { readonly reference: MessageValue }) => string;
  readonly 'reference-without-display': string;
  readonly 'reference-conditional': (values: { readonly reference: MessageValue }) => string;
  readonly 'reference-query': (values: { readonly reference: MessageValue }) => string;
  readonly 'reference-target-missing': (values: { readonly reference: MessageValue }) => string;
  readonly 'reference-target-profile': (values: {
    readonly reference: MessageValue;
    readonly profiles: MessageValue;
  }) => string;
  readonly 'reference-profiles-several': (values: {
    readonly reference: MessageValue;
    readonly profiles: MessageValue;
  }) => string;
  readonly 'extension-url': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-without-url': string;
  readonly 'extension-part-unknown': (values: { readonly url: MessageValue; readonly part: MessageValue }) => string;
  readonly 'extension-unknown': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-modifier-unknown': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-not-defined': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-url-version': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-version': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-invariant': (values: { readonly url: MessageValue; readonly rule: MessageValue }) => string;
  readonly 'extension-context': (values: { readonly url: MessageValue; readonly expected: MessageValue }) => string;
  readonly 'extension-is-modifier': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-not-modifier': (values: { readonly url: MessageValue }) => string;
  readonly 'extension-on-id': (values: { readonly url: MessageValue }) => string;
  readonly 'profile-unknown': (values: { readonly profile: MessageValue }) => string;
  readonly 'profile-required': (values: { readonly type: MessageValue; readonly profiles: MessageValue }) => string;
  readonly 'profile-for-other-type': (values: {
    readonly profile: MessageValue;
    readonly expected: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'profile-element-not-allowed': (values: {
    readonly profile: MessageValue;
    readonly element: MessageValue;
  }) => string;
  readonly 'profile-not-met': (values: { readonly profiles: MessageValue }) => string;
  readonly 'profile-not-compliant': (values: {
    readonly claimed: MessageValue;
    readonly lacks: MessageValue;
  }) => string;
  readonly 'profile-claim-unknown': (values: { readonly claimed: MessageValue }) => string;
  readonly 'type-not-allowed': (values: {
    readonly found: MessageValue;
    readonly allowed: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'fixed-value': (values: {
    readonly expected: MessageValue;
    readonly value: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'fixed-value-missing': (values: {
    readonly expected: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'fixed-value-too-much': (values: {
    readonly value: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'pattern-value': (values: {
    readonly expected: MessageValue;
    readonly value: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'slice-missing': (values: {
    readonly slice: MessageValue;
    readonly min: MessageValue;
    readonly count: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'slice-too-many': (values: {
    readonly slice: MessageValue;
    readonly max: MessageValue;
    readonly count: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'slice-unknown': (values: {
    readonly element: MessageValue;
    readonly slices: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'slicing-unclear': (values: { readonly profile: MessageValue; readonly slice: MessageValue }) => string;
  readonly 'slice-order': (values: {
    readonly slice: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'slice-several': (values: {
    readonly first: MessageValue;
    readonly second: MessageValue;
    readonly profile?: MessageValue | undefined;
  }) => string;
  readonly 'narrative-syntax': (values: { readonly reason: MessageValue }) => string;
  readonly 'narrative-entity': (values: { readonly name: MessageValue }) => string;
  readonly 'narrative-element': (values: { readonly name: MessageValue }) => string;
  readonly 'narrative-attribute': (values: { readonly element: MessageValue; readonly name: MessageValue }) => string;
  readonly 'narrative-namespace': (values: { readonly expected: MessageValue; readonly found: MessageValue }) => string;
  readonly 'narrative-language': (values: {
    readonly language: MessageValue;
    readonly found?: MessageValue | undefined;
  }) => string;
  readonly 'narrative-part-languages': (values: { readonly found: MessageValue }) => string;
  readonly 'narrative-part-missing': (values: { readonly language?: MessageValue | undefined }) => string;
  readonly 'narrative-part-source': (values: { readonly element: MessageValue }) => string;
  readonly 'narrative-id-duplicate': (values: { readonly ids: MessageValue }) => string;
  readonly 'narrative-paragraph': (values: { readonly name: MessageValue }) => string;
  readonly 'narrative-nesting': (values: { readonly inner: MessageValue; readonly outer: MessageValue }) => string;
  readonly 'narrative-link': (values: { readonly link: MessageValue }) => string;
  readonly 'narrative-link-several': (values: { readonly link: MessageValue }) => string;
  readonly 'narrative-language-mixed': string;
  readonly 'narrative-address': (values: { readonly link: MessageValue }) => string;
  readonly 'narrative-url': (values: { readonly link: MessageValue }) => string;
  readonly 'text-link-without-div': string;
  readonly 'text-link-id': (values: { readonly id: MessageValue }) => string;
  readonly 'text-link-without-data': string;
  readonly 'text-link-data': (values: { readonly data: MessageValue }) => string;
  readonly 'text-link-data-several': (values: { readonly data: MessageValue }) => string;
  readonly 'text-link-selector': (values: { readonly selector: MessageValue; readonly reason: MessageValue }) => string;
  readonly 'bundle-full-url': (values: { readonly fullUrl: MessageValue; readonly expected: MessageValue }) => string;
  readonly 'bundle-full-url-relative': (values: { readonly fullUrl: MessageValue }) => string;
  readonly 'bundle-full-url-missing': string;
  readonly 'bundle-entry-canonical': (values: { readonly url: MessageValue }) => string;
  readonly 'bundle-first-entry': (values: { readonly type: MessageValue; readonly expected: MessageValue }) => string;
  readonly 'bundle-entry-possible-match': (values: {
    readonly reference: MessageValue;
    readonly fullUrl?: MessageValue | undefined;
  }) => string;
  readonly 'bundle-reference-not-local': (values: { readonly reference: MessageValue }) => string;
  readonly 'bundle-entry-without-url': (values: { readonly reference: MessageValue }) => string;
  readonly 'bundle-reference-base': (values: { readonly reference: MessageValue }) => string;
  readonly 'bundle-reference-twice': (values: { readonly reference: MessageValue }) => string;
  readonly 'bundle-reference-type': (values: {
    readonly reference: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'bundle-entry-without-version': (values: { readonly reference: MessageValue }) => string;
  readonly 'bundle-possible-matches': (values: {
    readonly reference: MessageValue;
    readonly url: MessageValue;
  }) => string;
  readonly 'bundle-link-page': (values: { readonly type: MessageValue; readonly relation: MessageValue }) => string;
  readonly 'bundle-stylesheet': (values: { readonly url: MessageValue }) => string;
  readonly 'bundle-stylesheet-insecure': (values: { readonly url: MessageValue }) => string;
  readonly 'bundle-stylesheet-unlinked': (values: { readonly url: MessageValue }) => string;
  readonly 'bundle-stylesheet-missing': (values: { readonly url: MessageValue }) => string;
  readonly 'bundle-link-twice': (values: { readonly relation: MessageValue }) => string;
  readonly 'bundle-search-self': string;
  readonly 'bundle-search-mode': string;
  readonly 'bundle-search-resource': string;
  readonly 'bundle-search-id': string;
  readonly 'bundle-search-type': (values: { readonly expected: MessageValue; readonly type: MessageValue }) => string;
  readonly 'bundle-entry-unreachable': (values: { readonly from: MessageValue; readonly type: MessageValue }) => string;
  readonly 'bundle-signature-data': string;
  readonly 'bundle-signature-header': string;
  readonly 'bundle-signature-time': (values: { readonly value: MessageValue }) => string;
  readonly 'bundle-signature-time-seconds': (values: { readonly value: MessageValue }) => string;
  readonly 'bundle-signature-time-missing': string;
  readonly 'bundle-signature-when-missing': string;
  readonly 'bundle-signature-when': (values: { readonly signed: MessageValue; readonly when: MessageValue }) => string;
  readonly 'bundle-signature-canonicalization': (values: {
    readonly canon: MessageValue;
    readonly stated: MessageValue;
  }) => string;
  readonly 'bundle-signature-certificate': string;
  readonly 'bundle-signature-key': string;
  readonly 'bundle-signature-payload': string;
  readonly 'bundle-reference-unresolved': (values: { readonly reference: MessageValue }) => string;
  readonly 'bundle-reference-apparent': (values: { readonly reference: MessageValue }) => string;
  readonly 'bundle-reference-ambiguous': (values: {
    readonly reference: MessageValue;
    readonly count: MessageValue;
  }) => string;
  readonly 'bundle-fragment-missing': (values: {
    readonly reference: MessageValue;
    readonly id: MessageValue;
  }) => string;
  readonly 'bundle-fragment-twice': (values: { readonly reference: MessageValue; readonly id: MessageValue }) => string;
  readonly 'questionnaire-item-added': (values: {
    readonly from: MessageValue;
    readonly linkId: MessageValue;
  }) => string;
  readonly 'questionnaire-item-differs': (values: {
    readonly linkId: MessageValue;
    readonly from: MessageValue;
    readonly element: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'questionnaire-item-lacks': (values: {
    readonly linkId: MessageValue;
    readonly from: MessageValue;
    readonly element: MessageValue;
  }) => string;
  readonly 'questionnaire-item-answers': (values: {
    readonly linkId: MessageValue;
    readonly from: MessageValue;
    readonly element: MessageValue;
  }) => string;
  readonly 'questionnaire-base-unknown': (values: { readonly from: MessageValue }) => string;
  readonly 'questionnaire-derivation': (values: { readonly from: MessageValue }) => string;
  readonly 'questionnaire-derivation-kind': (values: { readonly kind: MessageValue }) => string;
  readonly 'questionnaire-condition-unknown': (values: { readonly question: MessageValue }) => string;
  readonly 'questionnaire-condition-without': string;
  readonly 'questionnaire-condition-within': (values: { readonly question: MessageValue }) => string;
  readonly 'questionnaire-condition-after': (values: { readonly question: MessageValue }) => string;
  readonly 'questionnaire-unknown': (values: { readonly questionnaire: MessageValue }) => string;
  readonly 'measure-group': string;
  readonly 'measure-code': (values: { readonly element: MessageValue }) => string;
  readonly 'measure-language': (values: { readonly language: MessageValue }) => string;
  readonly 'measure-unknown': (values: { readonly measure: MessageValue }) => string;
  readonly 'report-group-code': string;
  readonly 'report-part-nameless': (values: { readonly element: MessageValue }) => string;
  readonly 'report-part-unknown': (values: { readonly name: MessageValue; readonly element: MessageValue }) => string;
  readonly 'report-part-code': (values: {
    readonly element: MessageValue;
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'report-part-twice': (values: { readonly element: MessageValue }) => string;
  readonly 'report-part-missing': (values: { readonly name: MessageValue; readonly element: MessageValue }) => string;
  readonly 'report-subjects': string;
  readonly 'report-without-count': string;
  readonly 'report-count': (values: { readonly count: MessageValue; readonly found: MessageValue }) => string;
  readonly 'report-score-collected': string;
  readonly 'report-score-missing': (values: { readonly scoring: MessageValue }) => string;
  readonly 'report-score-value': (values: { readonly scoring: MessageValue }) => string;
  readonly 'report-score-range': (values: { readonly value: MessageValue; readonly scoring: MessageValue }) => string;
  readonly 'report-score-unit': (values: { readonly scoring: MessageValue }) => string;
  readonly 'report-score-without-unit': string;
  readonly 'report-score-fixed': (values: { readonly expected: MessageValue }) => string;
  readonly 'measure-library-missing': string;
  readonly 'measure-library-unknown': string;
  readonly 'response-authored': (values: {
    readonly authored: MessageValue;
    readonly start: MessageValue;
    readonly end: MessageValue;
  }) => string;
  readonly 'response-item-text': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-group-empty': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-item-unknown': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-item-without-link': string;
  readonly 'response-item-misplaced': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-item-order': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-item-twice': (values: { readonly linkId: MessageValue; readonly count: MessageValue }) => string;
  readonly 'response-item-outside-answer': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-item-not-enabled': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-answer-not-allowed': (values: {
    readonly linkId: MessageValue;
    readonly type: MessageValue;
  }) => string;
  readonly 'response-answer-missing': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-answer-type': (values: {
    readonly linkId: MessageValue;
    readonly expected: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'response-answer-option': (values: {
    readonly value: MessageValue;
    readonly linkId: MessageValue;
  }) => string;
  readonly 'response-answer-value-set': (values: {
    readonly linkId: MessageValue;
    readonly value: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'response-too-few-answers': (values: {
    readonly linkId: MessageValue;
    readonly min: MessageValue;
    readonly count: MessageValue;
  }) => string;
  readonly 'response-too-many-answers': (values: {
    readonly linkId: MessageValue;
    readonly count: MessageValue;
  }) => string;
  readonly 'response-below-minimum': (values: { readonly value: MessageValue; readonly limit: MessageValue }) => string;
  readonly 'response-line-break': (values: { readonly linkId: MessageValue }) => string;
  readonly 'response-text-of-option': (values: {
    readonly value: MessageValue;
    readonly linkId: MessageValue;
  }) => string;
  readonly 'response-more-answers': (values: {
    readonly linkId: MessageValue;
    readonly max: MessageValue;
    readonly count: MessageValue;
  }) => string;
  readonly 'response-exclusive-option': (values: {
    readonly linkId: MessageValue;
    readonly value: MessageValue;
  }) => string;
  readonly 'response-attachment-type': (values: {
    readonly linkId: MessageValue;
    readonly found: MessageValue;
    readonly allowed: MessageValue;
  }) => string;
  readonly 'response-attachment-size': (values: {
    readonly linkId: MessageValue;
    readonly actual: MessageValue;
    readonly max: MessageValue;
  }) => string;
  readonly 'response-above-maximum': (values: { readonly value: MessageValue; readonly limit: MessageValue }) => string;
  readonly 'response-not-comparable': (values: {
    readonly value: MessageValue;
    readonly limit: MessageValue;
  }) => string;
  readonly 'national-identifier': (values: {
    readonly value: MessageValue;
    readonly name: MessageValue;
    readonly example: MessageValue;
  }) => string;
  readonly 'national-pinfl-date': (values: { readonly value: MessageValue }) => string;
  readonly 'national-pinfl-check-digit': (values: { readonly value: MessageValue }) => string;
  readonly 'national-pinfl-birth-date': (values: {
    readonly value: MessageValue;
    readonly expected: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'national-pinfl-gender': (values: {
    readonly value: MessageValue;
    readonly expected: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'national-district': (values: { readonly district: MessageValue; readonly state: MessageValue }) => string;
  readonly 'national-city': (values: { readonly city: MessageValue; readonly district: MessageValue }) => string;
  readonly 'definition-element-not-allowed': (values: {
    readonly element: MessageValue;
    readonly path: MessageValue;
  }) => string;
  readonly 'definition-constraint-key': (values: {
    readonly key: MessageValue;
    readonly expression: MessageValue;
  }) => string;
  readonly 'definition-extension-url': (values: {
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'definition-extension-url-missing': (values: { readonly expected: MessageValue }) => string;
  readonly 'definition-context': (values: { readonly expression: MessageValue }) => string;
  readonly 'definition-context-of-type': (values: { readonly type: MessageValue }) => string;
  readonly 'definition-base-unknown': (values: { readonly base: MessageValue }) => string;
  readonly 'definition-base-type': (values: { readonly base: MessageValue; readonly type: MessageValue }) => string;
  readonly 'definition-base-experimental': (values: { readonly base: MessageValue }) => string;
  readonly 'definition-circular': (values: { readonly url: MessageValue }) => string;
  readonly 'obligations-source': (values: { readonly profile: MessageValue }) => string;
  readonly 'obligations-base': (values: { readonly profile: MessageValue; readonly base: MessageValue }) => string;
  readonly 'obligations-not-profile': string;
  readonly 'obligations-base-unknown': (values: { readonly base: MessageValue }) => string;
  readonly 'obligations-element': (values: { readonly id: MessageValue }) => string;
  readonly 'obligations-path': (values: {
    readonly id: MessageValue;
    readonly path: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'obligations-not-allowed': (values: { readonly id: MessageValue; readonly element: MessageValue }) => string;
  readonly 'obligations-binding': (values: { readonly id: MessageValue }) => string;
  readonly 'obligations-strength': (values: { readonly id: MessageValue; readonly strength: MessageValue }) => string;
  readonly 'obligations-purpose': (values: { readonly id: MessageValue; readonly purpose: MessageValue }) => string;
  readonly 'definition-type-code': (values: { readonly path: MessageValue }) => string;
  readonly 'definition-binding-empty': (values: { readonly path: MessageValue }) => string;
  readonly 'definition-binding-type': (values: { readonly path: MessageValue; readonly types: MessageValue }) => string;
  readonly 'definition-value-base': (values: {
    readonly expected: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'definition-derivation-missing': string;
  readonly 'definition-kind': (values: { readonly kind: MessageValue; readonly base: MessageValue }) => string;
  readonly 'definition-specialises-itself': (values: { readonly type: MessageValue }) => string;
  readonly 'definition-element-unknown': (values: { readonly path: MessageValue }) => string;
  readonly 'definition-id-twice': (values: { readonly id: MessageValue }) => string;
  readonly 'definition-slice-unsliced': (values: {
    readonly slice: MessageValue;
    readonly path: MessageValue;
  }) => string;
  readonly 'definition-context-invariant': (values: {
    readonly expression: MessageValue;
    readonly reason: MessageValue;
  }) => string;
  readonly 'definition-less': (values: {
    readonly path: MessageValue;
    readonly min: MessageValue;
    readonly base: MessageValue;
  }) => string;
  readonly 'definition-more': (values: {
    readonly path: MessageValue;
    readonly max: MessageValue;
    readonly base: MessageValue;
  }) => string;
  readonly 'definition-binding-weaker': (values: {
    readonly path: MessageValue;
    readonly strength: MessageValue;
  }) => string;
  readonly 'definition-binding-wider': (values: {
    readonly path: MessageValue;
    readonly valueSet: MessageValue;
    readonly base: MessageValue;
    readonly codes: MessageValue;
  }) => string;
  readonly 'definition-value-other': (values: {
    readonly path: MessageValue;
    readonly found: MessageValue;
    readonly types: MessageValue;
  }) => string;
  readonly 'definition-type-other': (values: {
    readonly path: MessageValue;
    readonly type: MessageValue;
    readonly allowed: MessageValue;
  }) => string;
  readonly 'definition-target-other': (values: {
    readonly path: MessageValue;
    readonly target: MessageValue;
    readonly allowed: MessageValue;
  }) => string;
  readonly 'definition-type-unknown': (values: { readonly type: MessageValue }) => string;
  readonly 'definition-type-taken': (values: { readonly type: MessageValue }) => string;
  readonly 'definition-type-not-logical': (values: {
    readonly type: MessageValue;
    readonly kind: MessageValue;
  }) => string;
  readonly 'definition-type-namespace': (values: { readonly type: MessageValue; readonly url: MessageValue }) => string;
  readonly 'definition-path': (values: { readonly path: MessageValue; readonly type: MessageValue }) => string;
  readonly 'definition-root-slicing': string;
  readonly 'definition-not-for-type': (values: {
    readonly element: MessageValue;
    readonly types: MessageValue;
  }) => string;
  readonly 'definition-value-type': (values: { readonly found: MessageValue; readonly types: MessageValue }) => string;
  readonly 'definition-slicing': (values: { readonly path: MessageValue }) => string;
  readonly 'definition-not-in-snapshot': (values: {
    readonly element: MessageValue;
    readonly path: MessageValue;
  }) => string;
  readonly 'definition-snapshot-lacks': (values: {
    readonly path: MessageValue;
    readonly element: MessageValue;
  }) => string;
  readonly 'definition-without-type': (values: { readonly id: MessageValue }) => string;
  readonly 'definition-value-repeats': (values: { readonly id: MessageValue }) => string;
  readonly 'definition-value-complex': (values: { readonly type: MessageValue }) => string;
  readonly 'definition-type-support': (values: { readonly path: MessageValue }) => string;
  readonly 'definition-profile-type': (values: {
    readonly profile: MessageValue;
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'definition-profile-unknown': (values: { readonly profile: MessageValue }) => string;
  readonly 'definition-profile-modifier': (values: {
    readonly extension: MessageValue;
    readonly element: MessageValue;
  }) => string;
  readonly 'definition-target-none': (values: { readonly type: MessageValue }) => string;
  readonly 'definition-target-kind': (values: {
    readonly profile: MessageValue;
    readonly found: MessageValue;
    readonly type: MessageValue;
  }) => string;
  readonly 'definition-expression': (values: { readonly key: MessageValue; readonly reason: MessageValue }) => string;
  readonly 'definition-constraint-source': (values: {
    readonly key: MessageValue;
    readonly source: MessageValue;
  }) => string;
  readonly 'definition-constraint-keyless': string;
  readonly 'definition-constraint-conflict': (values: {
    readonly key: MessageValue;
    readonly expression: MessageValue;
  }) => string;
  readonly 'definition-context-any': string;
  readonly 'definition-context-fhirpath': (values: { readonly expression: MessageValue }) => string;
  readonly 'definition-discriminator-pattern': string;
  readonly 'definition-discriminator-path': (values: {
    readonly path: MessageValue;
    readonly reason: MessageValue;
  }) => string;
  readonly 'definition-binding-experimental': (values: {
    readonly path: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'definition-binding-whole': (values: {
    readonly path: MessageValue;
    readonly system: MessageValue;
  }) => string;
  readonly 'definition-binding-unknown': (values: {
    readonly path: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'definition-binding-system': (values: {
    readonly path: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'definition-slices-of-type': (values: { readonly path: MessageValue }) => string;
  readonly 'definition-snapshot': (values: { readonly obstacle: MessageValue }) => string;
  readonly 'definition-slicing-base': (values: {
    readonly path: MessageValue;
    readonly element: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'definition-slice-support': (values: {
    readonly path: MessageValue;
    readonly slice: MessageValue;
  }) => string;
  readonly 'guide-version-missing': string;
  readonly 'guide-canonical': (values: { readonly uri: MessageValue }) => string;
  readonly 'guide-canonical-version': (values: {
    readonly behind?: MessageValue | undefined;
    readonly version?: MessageValue | undefined;
  }) => string;
  readonly 'guide-package': (values: { readonly package: MessageValue }) => string;
  readonly 'guide-package-version': (values: { readonly version: MessageValue }) => string;
  readonly 'guide-dependency-unknown': (values: { readonly uri: MessageValue }) => string;
  readonly 'guide-dependency-package': string;
  readonly 'guide-dependency-version': string;
  readonly 'search-code': (values: { readonly code: MessageValue; readonly character: MessageValue }) => string;
  readonly 'search-components': string;
  readonly 'search-origin-unknown': (values: { readonly derivedFrom: MessageValue }) => string;
  readonly 'search-origin-base': (values: {
    readonly derivedFrom: MessageValue;
    readonly base: MessageValue;
  }) => string;
  readonly 'search-origin-type': (values: {
    readonly derivedFrom: MessageValue;
    readonly expected: MessageValue;
    readonly type: MessageValue;
  }) => string;
  readonly 'search-origin-expression': (values: {
    readonly derivedFrom: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'statement-parameter-type': (values: {
    readonly parameter: MessageValue;
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'operation-profile-unknown': (values: { readonly profile: MessageValue }) => string;
  readonly 'operation-profile-type': (values: {
    readonly profile: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'operation-parameter-missing': (values: {
    readonly profile: MessageValue;
    readonly parameter: MessageValue;
  }) => string;
  readonly 'operation-parameter-not-in-profile': (values: { readonly parameter: MessageValue }) => string;
  readonly 'operation-parameter-differs': (values: {
    readonly element: MessageValue;
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'operation-parameter-type': (values: {
    readonly own: MessageValue;
    readonly allowed: MessageValue;
    readonly type: MessageValue;
  }) => string;
  readonly 'operation-parameter-target': (values: {
    readonly isOwn: MessageValue;
    readonly profile: MessageValue;
  }) => string;
  readonly 'operation-circular': (values: { readonly url: MessageValue }) => string;
  readonly 'search-expression': (values: {
    readonly expression: MessageValue;
    readonly reason: MessageValue;
  }) => string;
  readonly 'expression-doubtful': (values: { readonly reason: MessageValue }) => string;
  readonly 'expression-extension': (values: { readonly url: MessageValue }) => string;
  readonly 'code-system-case': string;
  readonly 'code-system-hierarchy': string;
  readonly 'code-system-word': (values: { readonly code: MessageValue; readonly word: MessageValue }) => string;
  readonly 'code-system-not-present': string;
  readonly 'code-system-empty': string;
  readonly 'code-system-code-twice': (values: { readonly code: MessageValue }) => string;
  readonly 'code-system-designation': (values: {
    readonly value: MessageValue;
    readonly display: MessageValue;
  }) => string;
  readonly 'code-system-supplements': string;
  readonly 'code-system-supplement': string;
  readonly 'code-system-supplement-case': string;
  readonly 'code-system-supplement-base': (values: { readonly system: MessageValue }) => string;
  readonly 'code-system-supplement-hierarchy': (values: {
    readonly expected: MessageValue;
    readonly found: MessageValue;
  }) => string;
  readonly 'code-system-supplement-value-set': (values: {
    readonly valueSet: MessageValue;
    readonly expected?: MessageValue | undefined;
  }) => string;
  readonly 'code-system-count': (values: {
    readonly count: MessageValue;
    readonly found: MessageValue;
    readonly content: MessageValue;
  }) => string;
  readonly 'code-system-content': string;
  readonly 'code-system-synonym': (values: { readonly code: MessageValue }) => string;
  readonly 'code-system-property-value-set': (values: { readonly valueSet: MessageValue }) => string;
  readonly 'code-system-supplement-code': (values: {
    readonly code: MessageValue;
    readonly system: MessageValue;
  }) => string;
  readonly 'code-system-property-uri': (values: {
    readonly system: MessageValue;
    readonly code: MessageValue;
  }) => string;
  readonly 'code-system-property-code': (values: {
    readonly property: MessageValue;
    readonly code: MessageValue;
  }) => string;
  readonly 'code-system-value-set': (values: { readonly valueSet: MessageValue; readonly url: MessageValue }) => string;
  readonly 'code-system-property-relative': (values: { readonly uri: MessageValue }) => string;
  readonly 'code-system-property-twice': (values: { readonly uri: MessageValue }) => string;
  readonly 'code-system-property-code-twice': (values: { readonly code: MessageValue }) => string;
  readonly 'code-system-property-hl7': (values: { readonly uri: MessageValue }) => string;
  readonly 'code-system-property-uri-unknown': (values: { readonly uri: MessageValue }) => string;
  readonly 'code-system-property-uri-missing': (values: {
    readonly code: MessageValue;
    readonly uri: MessageValue;
  }) => string;
  readonly 'code-system-property-other-code': (values: {
    readonly uri: MessageValue;
    readonly expected: MessageValue;
    readonly code: MessageValue;
  }) => string;
  readonly 'code-system-property-other-type': (values: {
    readonly property: MessageValue;
    readonly expected: MessageValue;
    readonly type: MessageValue;
  }) => string;
  readonly 'code-system-property-unknown': (values: { readonly property: MessageValue }) => string;
  readonly 'code-system-property-value': (values: { readonly property: MessageValue }) => string;
  readonly 'code-system-property-type': (values: {
    readonly property: MessageValue;
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'code-system-property-listed': (values: {
    readonly property: MessageValue;
    readonly value: MessageValue;
    readonly valueSet: MessageValue;
  }) => string;
  readonly 'value-set-code': (values: { readonly code: MessageValue; readonly system: MessageValue }) => string;
  readonly 'value-set-filter-code': (values: { readonly code: MessageValue; readonly system: MessageValue }) => string;
  readonly 'value-set-filter-property': (values: {
    readonly system: MessageValue;
    readonly property: MessageValue;
  }) => string;
  readonly 'value-set-filter-operator': (values: {
    readonly operator: MessageValue;
    readonly property: MessageValue;
    readonly allowed: MessageValue;
  }) => string;
  readonly 'value-set-filter-value': (values: { readonly value: MessageValue; readonly type: MessageValue }) => string;
  readonly 'value-set-filter-coding': (values: { readonly value: MessageValue }) => string;
  readonly 'value-set-filter-value-twice': string;
  readonly 'value-set-filter-without-value': string;
  readonly 'value-set-filter-language': (values: { readonly language: MessageValue }) => string;
  readonly 'value-set-filter-expression': (values: { readonly expression: MessageValue }) => string;
  readonly 'value-set-filter-parameter': (values: {
    readonly expression: MessageValue;
    readonly name: MessageValue;
  }) => string;
  readonly 'value-set-system-content': (values: {
    readonly system: MessageValue;
    readonly content: MessageValue;
  }) => string;
  readonly 'value-set-system-contained': (values: { readonly system: MessageValue }) => string;
  readonly 'value-set-system-several': (values: {
    readonly system: MessageValue;
    readonly count: MessageValue;
  }) => string;
  readonly 'value-set-intersection': string;
  readonly 'value-set-filter-regex': string;
  readonly 'value-set-filter-inactive': (values: {
    readonly system: MessageValue;
    readonly code: MessageValue;
  }) => string;
  readonly 'value-set-system': (values: { readonly system: MessageValue }) => string;
  readonly 'value-set-system-version': (values: { readonly system: MessageValue }) => string;
  readonly 'value-set-system-is-value-set': (values: { readonly system: MessageValue }) => string;
  readonly 'value-set-system-supplement': (values: { readonly system: MessageValue }) => string;
  readonly 'value-set-no-system': string;
  readonly 'expansion-alone': string;
  readonly 'expansion-lacks': (values: { readonly count: MessageValue; readonly codes: MessageValue }) => string;
  readonly 'expansion-has-more': (values: { readonly count: MessageValue; readonly codes: MessageValue }) => string;
  readonly 'expansion-count': (values: {
    readonly total: MessageValue;
    readonly offset: MessageValue;
    readonly count: MessageValue;
  }) => string;
  readonly 'expansion-property': (values: { readonly property: MessageValue }) => string;
  readonly 'expansion-parameters': string;
  readonly 'expansion-system': (values: { readonly system: MessageValue }) => string;
  readonly 'expansion-system-several': (values: {
    readonly system: MessageValue;
    readonly count: MessageValue;
  }) => string;
  readonly 'map-display': (values: {
    readonly display: MessageValue;
    readonly system: MessageValue;
    readonly code: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'map-code': (values: { readonly code: MessageValue; readonly system: MessageValue }) => string;
  readonly 'map-code-outside': (values: { readonly code: MessageValue; readonly valueSet: MessageValue }) => string;
  readonly 'map-system-missing': (values: { readonly side: MessageValue }) => string;
  readonly 'map-system-content': (values: { readonly system: MessageValue; readonly content: MessageValue }) => string;
  readonly 'map-twice': (values: { readonly source: MessageValue; readonly target: MessageValue }) => string;
  readonly 'map-property-system': (values: { readonly property: MessageValue }) => string;
  readonly 'map-property-system-unknown': (values: {
    readonly property: MessageValue;
    readonly system: MessageValue;
  }) => string;
  readonly 'map-property-unknown': (values: { readonly property: MessageValue }) => string;
  readonly 'map-property-type': (values: {
    readonly property: MessageValue;
    readonly found: MessageValue;
    readonly expected: MessageValue;
  }) => string;
  readonly 'attachment-empty': string;
  readonly 'attachment-data': string;
  readonly 'attachment-hash': (values: { readonly hash: MessageValue; readonly actual: MessageValue }) => string;
  readonly 'attachment-size': (values: { readonly size: MessageValue; readonly actual: MessageValue }) => string;
  readonly 'attachment-size-negative': (values: { readonly size: MessageValue }) => string;
  readonly 'more-findings': (values: { readonly kind: MessageValue; readonly count: MessageValue }) => string;
}

export const findingMessages = readCatalogue<FindingMessages>({ uz, ru, en });
