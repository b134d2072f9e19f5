// The module generated from an area: the type of its messages with the values of each, and the messages by language.
import { relative, sep, dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { languages } from './areas.mjs';
import { argumentsOf } from './arguments.mjs';

/** The text of the module of an area, as Prettier writes it. */
export async function moduleOf({ area, workspace, module, files, notes }) {
  const name = area.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const type = `${name[0].toUpperCase()}${name.slice(1)}Messages`;
  const from = relative(dirname(module), join(workspace, 'messages', area))
    .split(sep)
    .join('/');
  const trees = languages.map((language) => files[language]);
  const body = members(trees, notes);
  const imports = ['readCatalogue', ...(body.includes('MessageValue') ? ['type MessageValue'] : [])].join(', ');
  const lines = [
    `// Made by \`npm run messages\` from messages/${area}/*.json.`,
    `import { ${imports} } from '@dhp/messages';`,
    ...languages.map((language) => `import ${language} from '${from}/${language}.json' with { type: 'json' };`),
    '',
    `export interface ${type} {`,
    body,
    '}',
    '',
    `export const ${name}Messages = readCatalogue<${type}>({ ${languages.join(', ')} });`,
  ];
  return format(lines.join('\n'), { ...(await resolveConfig(module)), parser: 'typescript' });
}

function members(trees, notes = {}) {
  const [first] = trees;
  return Object.keys(first)
    .map((key) => {
      const each = trees.map((tree) => tree?.[key]);
      const note = notes[key];
      const comment = typeof note === 'string' ? `/** ${note} */\n` : '';
      const type = typeof first[key] === 'string' ? typeOf(each) : `{\n${members(each, note)}\n}`;
      return `${comment}readonly ${property(key)}: ${type};`;
    })
    .join('\n');
}

/** The type of one message, from its texts in all languages. */
function typeOf(texts) {
  const found = texts.map((text) => argumentsOf(text));
  const names = [...new Set(found.flatMap((each) => [...each.keys()]))];
  if (names.length === 0) return 'string';
  if (names.every((name) => /^\d$/.test(name))) {
    const length = Math.max(...names.map(Number)) + 1;
    return `(values: readonly [${Array.from({ length }, () => 'MessageValue').join(', ')}]) => string`;
  }
  const values = names.map((name) => {
    const uses = found.flatMap((each) => each.get(name) ?? []);
    const type = uses.some(({ counted }) => counted) ? 'number' : 'MessageValue';
    const isOptional = uses.every(({ optional }) => optional);
    return `readonly ${property(name)}${isOptional ? '?' : ''}: ${type}${isOptional ? ' | undefined' : ''}`;
  });
  return `(values: { ${values.join('; ')} }) => string`;
}

function property(key) {
  return /^(?:[a-z_$][\w$]*|\d)$/i.test(key) ? key : JSON.stringify(key);
}
