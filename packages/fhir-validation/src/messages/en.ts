import type { MessageId } from './kinds.ts';

/** `{name}` stands for a value of the finding; a part in `[[ ]]` is left out when its value is not known. */
export const english: Readonly<Record<MessageId, string>> = {
  'resource-expected': 'A resource must be a JSON object, but this is {found}. Send an object with resourceType.',
  'resource-type-missing':
    'resourceType is missing. Name the type of the resource, for example "resourceType": "Patient".',
  'resource-type-unknown': '{type} is no resource type of FHIR R5. Check its spelling; names are case-sensitive.',
  'nested-too-deep':
    'Elements are nested deeper than {most} levels, so the rest was not checked. Flatten the resource.',
  'unknown-element': '{type} has no element {element}. [[Did you mean {near}?]] Remove it or put it in an extension.',
  'element-missing': '{element} is required: at least {min}, found {count}. Add it. [[(profile {profile})]]',
  'too-many':
    '{element} may repeat at most {max} times, found {count}. Remove what is too many. [[(profile {profile})]]',
  'array-expected': '{element} repeats, so it must be a JSON array even for one value: put it in [ ].',
  'array-not-allowed': '{element} does not repeat, so it must not be a JSON array: take it out of [ ].',
  'array-empty': '{element} is an empty array. Leave the element out when there is no value.',
  'object-expected': 'A {type} must be a JSON object, but this is {found}: {value}.',
  'null-not-allowed': '{element} is null. Leave the element out when there is no value.',
  'choice-twice': 'Only one value is allowed for {element}, found {names}. Keep one of them.',
  'sibling-length':
    '_{element} has {count} items and {element} has {expected}: both arrays must be of one length, with null in the gaps.',
  'json-type': 'A {type} must be a JSON {expected}, but this is {found}: {value}.',
  'value-empty':
    'The value is empty. A {type} must have at least one character that is no white space, or be left out.',
  'value-format': '"{value}" is not a valid {type}. It should look like {example}.',
  'value-range': '{value} is outside of the range of {type}: {min} to {max}.',
  'value-too-short': 'The text has {length} characters; at least {min} are needed.',
  'value-too-long': 'The text has {length} characters; at most {max} are allowed. Shorten it.',
  'value-decimal-places': '{value} has too many digits after the decimal point; at most {max} are allowed. Round it.',
  'value-control-character':
    'The text contains a control character other than tab, line feed and carriage return. Remove it: "{value}".',
  'value-below-minimum': '{value} is below the minimum {min}. [[(profile {profile})]]',
  'value-pattern': '"{value}" has not the form that is asked for: {regex}.',
  'value-above-maximum': '{value} is above the maximum {max}. [[(profile {profile})]]',
  'value-required': '{element} must have a value, not extensions only. [[(profile {profile})]]',
  'year-unusual': 'The year of {value} is far from today. Check that it is meant.',
  'decimal-unusual': '{value} has more digits than most software keeps. Round it to 17.',
  'id-duplicate': 'The id {id} stands on more than one element of the resource. Ids of elements must be unique.',
  'contained-without-id': 'A contained resource must have an id, so that it can be referred to as #id.',
  'contained-id-duplicate': 'Two contained resources have the id {id}. Give each its own.',
  'contained-not-used':
    'Rule dom-3: nothing refers to the contained resource {id}, and it does not refer to its container. Refer to it as #{id} or remove it.',
  'code-system-unknown': 'The code system {system} is not known here, so the code was not checked.',
  'code-unknown': 'The code {code} is not in the code system {system}. Use one of its codes.',
  'code-inactive': 'The code {code} is {status} in {system}. Check that it should still be used.',
  'display-wrong': 'The display "{display}" does not belong to {code} in {system}; expected {expected}.',
  invariant: 'Rule {key} is broken: {human}',
  'invariant-not-evaluated': 'Rule {key} could not be evaluated: {reason}',
  'code-not-in-value-set': 'The code {code} is not in the value set {valueSet}. Use one of its codes.',
  'concept-not-in-value-set': 'None of the codes ({codes}) is in the value set {valueSet}. Add a coding from it.',
  'concept-without-code': 'No code is given; a code from the value set {valueSet} is expected. Add a coding.',
  'code-outside-maximum': 'The codes ({codes}) are outside of the value set {valueSet}, which none may leave.',
  'value-set-unknown': 'The code was not checked: the value set {valueSet} is not available here.',
  'coding-without-system': 'A code without a system has no defined meaning. Add the system.',
  'reference-target': 'The reference leads to {found}; allowed here: {allowed}.',
  'reference-format':
    '"{reference}" is no reference. Write Type/id (Patient/123), an absolute URL, urn:uuid:… or #id of a contained resource.',
  'reference-type-mismatch': 'The reference {reference} names {found}, its type says {type}. Make them agree.',
  'reference-versioning':
    'The reference {reference} must be {expected} as to the version of its target. [[(profile {profile})]]',
  'reference-aggregation': 'The target of {reference} is {found}; allowed here: {allowed}. [[(profile {profile})]]',
  'reference-unresolved':
    '{reference} leads to no contained resource. Add it to contained of the outermost resource or correct the id.',
  'reference-target-missing':
    'There is nothing that {reference} leads to. Correct the reference, or create the resource first.',
  'reference-target-profile': 'The resource that {reference} leads to meets none of the profiles {profiles}.',
  'extension-url': 'The url of an extension must be absolute, but this is "{url}".',
  'extension-unknown':
    'The extension {url} is not known here, so it was not checked. Check the url or install the package that defines it.',
  'extension-invariant': 'The extension {url} may stand here only when this holds: {rule}.',
  'extension-context': 'The extension {url} may not stand on this element. Allowed on: {expected}.',
  'extension-is-modifier':
    'The extension {url} changes the meaning of the element, so it belongs in modifierExtension.',
  'extension-not-modifier': 'The extension {url} is no modifier, so it belongs in extension.',
  'profile-unknown':
    'The profile {profile} is not known here, so it was not checked. Check the url or install its package.',
  'profile-required':
    'A {type} must name in meta.profile one of the profiles that there are for it here. Add one: {profiles}.',
  'profile-for-other-type': 'The profile {profile} is for {expected}, this is {found}.',
  'profile-not-met': 'The value meets none of the profiles {profiles}.',
  'profile-not-compliant':
    'This profile does not comply with {claimed} as it claims. It lacks (and has in brackets): {lacks}.',
  'type-not-allowed': 'A value of type {found} is not allowed here; allowed: {allowed}. [[(profile {profile})]]',
  'fixed-value': 'The value must be exactly {expected}, but it is {value}. [[(profile {profile})]]',
  'fixed-value-missing': 'The profile fixes {expected} here, but there is no value. Add it. [[(profile {profile})]]',
  'fixed-value-too-much': 'The value {value} is not part of what the profile fixes. Remove it. [[(profile {profile})]]',
  'pattern-value': 'The value must have at least {expected}, but it is {value}. [[(profile {profile})]]',
  'slice-missing':
    '{slice} is required: at least {min}, found {count}. Add a repetition that meets it. [[(profile {profile})]]',
  'slice-too-many': '{slice} may stand at most {max} times, found {count}. [[(profile {profile})]]',
  'slice-unknown':
    'This repetition of {element} belongs to none of the slices {slices}, and others are not allowed. [[(profile {profile})]]',
  'slice-order': '{slice} must stand before the slices that follow it in the profile. [[(profile {profile})]]',
  'narrative-syntax': 'The narrative is not well-formed XHTML: {reason}.',
  'narrative-element':
    'The element <{name}> is not allowed in a narrative. Use the basic formatting elements of HTML only.',
  'narrative-attribute': 'The attribute {name} is not allowed on <{element}> in a narrative. Remove it.',
  'narrative-namespace': 'The div of a narrative must be in the namespace {expected}[[, found "{found}"]].',
  'narrative-paragraph': 'A <p> may not stand in another <p>. Close the first one before.',
  'narrative-language':
    'The resource is in {language}, so its narrative should say so by lang and xml:lang on the div[[, which say {found}]].',
  'narrative-id-duplicate': 'These ids or anchors stand more than once in the narrative: {ids}. Make them unique.',
  'bundle-full-url': "fullUrl {fullUrl} looks like a server's URL, so it must end with {expected}.",
  'bundle-full-url-relative': 'fullUrl must be absolute, but this is "{fullUrl}". Write a whole URL or urn:uuid:….',
  'bundle-entry-unreachable':
    'No references lead from the {from} to this {type}, nor from it there. Refer to it or take it out.',
  'bundle-reference-unresolved':
    '{reference} leads to no entry of this Bundle, though a document or message holds what it is about. Add the resource, or correct reference and fullUrl.',
  'questionnaire-item-added': '{from} has no item {linkId}, so a questionnaire that complies with it cannot have one.',
  'questionnaire-item-differs': 'The item {linkId} comes from {from}, where {element} is {expected}. Keep it.',
  'questionnaire-unknown':
    'The questionnaire {questionnaire} is not known here, so the answers were not checked against it.',
  'response-item-unknown': 'The questionnaire has no item {linkId} here. Check the linkId and what it stands in.',
  'response-item-order': 'The item {linkId} stands after items that follow it in the questionnaire. Keep its order.',
  'response-item-twice': 'The item {linkId} stands {count} times; it may stand once. Give several answers in one item.',
  'response-item-outside-answer': '{linkId} is a question, so items below it belong in its answer.',
  'response-item-not-enabled':
    'The item {linkId} is not enabled by the answers to other questions, so it must not stand here.',
  'response-answer-not-allowed': 'The item {linkId} is a {type} and can have no answer.',
  'response-answer-missing': 'The question {linkId} must be answered.',
  'response-answer-type': 'The answer to {linkId} must be of type {expected}, but it is {found}.',
  'response-answer-option': 'The answer {value} is not among the options of {linkId}.',
  'response-too-few-answers': '{linkId} needs at least {min} answers, found {count}.',
  'response-too-many-answers': 'The question {linkId} takes one answer, found {count}.',
  'response-below-minimum': 'The answer {value} is less than the least one allowed, {limit}.',
  'response-more-answers': '{linkId} takes at most {max} answers, found {count}.',
  'response-exclusive-option': 'The option {value} of {linkId} excludes all others. Give it alone.',
  'response-attachment-type': 'The attachment to {linkId} is {found}; allowed: {allowed}.',
  'response-attachment-size': 'The attachment to {linkId} has {actual} bytes; at most {max} are allowed.',
  'response-above-maximum': 'The answer {value} is more than the greatest one allowed, {limit}.',
  'national-identifier':
    '"{value}" has not the form of this identifier ({name}); an example: {example}. Check the number and its system.',
  'national-pinfl-date': 'The digits of the PINFL {value} name no date of birth. Check the number.',
  'national-pinfl-check-digit': 'The last digit of the PINFL {value} does not fit the others. Check the number.',
  'national-pinfl-birth-date': 'The PINFL {value} says born on {expected}, birthDate says {found}. Check both.',
  'national-pinfl-gender': 'The PINFL {value} says {expected}, gender says {found}. Check both.',
  'national-district':
    'The district {district} is not in the region {state}: its code must begin with that of the region.',
  'national-city': 'The place {city} is not in the district {district}: its code must begin with that of the district.',
  'definition-element-not-allowed':
    '{element} may not stand on an element of a profile ({path}): the base states it. Remove it.',
  'definition-constraint-key':
    'The key {key} already names another rule: {expression}. Give this rule a key of its own.',
  'definition-extension-url':
    'Extension.url is fixed to {found}, but the url of the definition is {expected}. Make them agree.',
  'definition-context': 'The context {expression} is no element of FHIR R5. Check the path.',
  'definition-slice-support':
    'The slice {slice} of {path} is not mustSupport, though the element is. Set mustSupport on both or on neither.',
  'code-system-case': 'caseSensitive is not stated, so it is not known whether the case of codes matters. State it.',
  'code-system-count':
    'count says {count} concepts, there are {found} and content is {content}. Correct count or content.',
  'code-system-property-uri':
    'The uri of the property names the code {code} of {system}, which has no such code. Check the uri.',
  'code-system-property-code':
    'The value {code} of the property {property} is no code of this code system. Correct it or change the type of the property.',
  'value-set-code':
    'The code {code} is not in the code system {system}, so the value set cannot have it. Correct it or take it out.',
  'value-set-system': 'The system of an include should be an absolute URL, but this is "{system}".',
  'map-display': 'The display "{display}" does not belong to {code} in {system}; expected {expected}.',
  'attachment-hash': 'hash is {hash}, but the SHA-1 of data is {actual}. Correct hash or leave it out.',
  'attachment-size': 'size says {size} bytes, data has {actual}. Correct size or leave it out.',
};
