// The catalogues of messages: WORKSPACE/messages/AREA/{uz,ru,en}.json, and notes.json with comments for translators.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const languages = ['uz', 'ru', 'en'];

/**
 * Every area below a folder, with its files as trees (undefined if one is absent) and the module that gives its messages.
 * @throws SyntaxError where a file is no JSON
 */
export function findAreas(root) {
  const workspaces = ['apps', 'packages'].flatMap((kind) => foldersIn(join(root, kind)));
  return workspaces.flatMap((workspace) =>
    foldersIn(join(workspace, 'messages')).map((folder) => {
      const area = relative(join(workspace, 'messages'), folder);
      return {
        area,
        workspace,
        folder: relative(root, folder).split(sep).join('/'),
        module: join(workspace, 'src', 'texts', `${area}.ts`),
        files: Object.fromEntries(languages.map((language) => [language, readTree(join(folder, `${language}.json`))])),
        notes: readTree(join(folder, 'notes.json')) ?? {},
      };
    }),
  );
}

function foldersIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => join(folder, name)).sort();
}

function readTree(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SyntaxError(`${file}: ${error.message}`, { cause: error });
  }
}

/** The messages of a tree as [path, text]; a path has the keys of the groups before that of the message. */
export function leavesOf(tree, path = []) {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? leavesOf(value, [...path, key]) : [[[...path, key], value]],
  );
}
