// The values that a message of ICU MessageFormat names, and faults in how it names them.
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';

/** The choice of a `select` for a value that may be missing (packages/messages). */
const absent = 'absent';

/**
 * The values that a message names: for each whether it is counted (`plural`) and whether it may be missing.
 * @returns Map of name to { counted, optional }
 * @throws SyntaxError where the text is no message
 */
export function argumentsOf(text) {
  const found = new Map();
  collect(parse(text, { ignoreTag: true, shouldParseSkeletons: false }), new Set(), found);
  return found;
}

function collect(elements, guarded, found) {
  const note = (name, counted, optional) => {
    const before = found.get(name) ?? { counted: false, optional: true };
    found.set(name, { counted: before.counted || counted, optional: before.optional && optional });
  };
  for (const element of elements) {
    if (element.type === TYPE.argument) note(element.value, false, guarded.has(element.value));
    if (element.type !== TYPE.plural && element.type !== TYPE.select) continue;
    const maybe = guarded.has(element.value) || (element.type === TYPE.select && absent in element.options);
    note(element.value, element.type === TYPE.plural, maybe);
    const within = maybe ? new Set([...guarded, element.value]) : guarded;
    for (const { value } of Object.values(element.options)) collect(value, within, found);
  }
}

/** Faults of the plurals and formats of a message: forms that the language needs and the message lacks, or has and never uses. */
export function faultsOf(text, language) {
  return faultsIn(parse(text, { ignoreTag: true, shouldParseSkeletons: false }), language);
}

function faultsIn(elements, language) {
  return elements.flatMap((element) => {
    if ([TYPE.number, TYPE.date, TYPE.time].includes(element.type))
      return [`formats {${element.value}}; give it as text`];
    if (element.type !== TYPE.plural && element.type !== TYPE.select) return [];
    const within = Object.values(element.options).flatMap(({ value }) => faultsIn(value, language));
    return element.type === TYPE.plural ? [...pluralFaults(element, language), ...within] : within;
  });
}

function pluralFaults({ value: name, options, offset, pluralType }, language) {
  const needed = new Intl.PluralRules(language, { type: pluralType }).resolvedOptions().pluralCategories;
  const given = Object.keys(options).filter((form) => !form.startsWith('='));
  const lacking = needed.filter((form) => !given.includes(form));
  const extra = given.filter((form) => !needed.includes(form));
  return [
    ...(offset === 0 ? [] : [`gives the plural of {${name}} an offset`]),
    ...(lacking.length === 0 ? [] : [`lacks the plural forms ${lacking.join(', ')} of {${name}}`]),
    ...(extra.length === 0
      ? []
      : [`has the plural forms ${extra.join(', ')} of {${name}}, which ${language} does not use`]),
  ];
}
