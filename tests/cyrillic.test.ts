/** Every Uzbek message in Cyrillic: only names and codes keep Latin letters, and values, choices and markup are unchanged. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { readMessage, toCyrillic } from '@dhp/messages';
import corrections from '../packages/messages/cyrillic.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));
/** Areas that pages show; the others are said by the FHIR servers and the command line, in Latin script. */
const workspaces = [
  'packages/sign-in',
  'packages/accounts',
  'packages/sso-pages',
  'packages/protocol',
  'packages/administration',
  'apps/portal',
];

interface Tree {
  readonly [key: string]: string | Tree;
}

function* messagesOf(tree: Tree, path: string): Generator<[string, string]> {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') yield [`${path}.${key}`, value];
    else yield* messagesOf(value, `${path}.${key}`);
  }
}

async function allMessages(): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const workspace of workspaces) {
    for await (const file of glob(`${root}/${workspace}/messages/*/uz.json`)) {
      found.push(...messagesOf(JSON.parse(await readFile(file, 'utf8')) as Tree, file.slice(root.length)));
    }
  }
  return found;
}

/** Values for a message, each with a text that shows whether it is unchanged. */
function valuesOf(text: string): Record<string, string | number> {
  const plural = new Set([...text.matchAll(/\{(\w+), plural/g)].map(([, name]) => name!));
  const names = [...text.matchAll(/\{(\w+)[,}]/g)].map(([, name]) => name!);
  return Object.fromEntries(names.map((name) => [name, plural.has(name) ? 3 : `<Value-${name}>`]));
}

const foreign = /https?:\/\/\S+|`[^`]*`|[\w.+-]+@[\w.-]+|[\w-]*[/_=:.@][\w/=*.-]*\w|\S*\d\S*|<Value-\w+>/gu;
const kept = new Set(corrections.keep);
/** No word of Uzbek has these. */
const foreignLetters = /[cC](?![hH])|[wW]|[a-z][A-Z]/;

test('no message keeps Latin letters but names, codes and values, and values come through as they are', async () => {
  const messages = await allMessages();
  assert.ok(messages.length > 700, `${String(messages.length)} messages`);
  const left: string[] = [];
  for (const [path, text] of messages) {
    const values = valuesOf(text);
    const said = readMessage(text, 'uz-Cyrl')(values);
    const inLatin = readMessage(text, 'uz')(values);
    for (const value of Object.values(values)) {
      assert.equal(said.split(String(value)).length, inLatin.split(String(value)).length, `${path}: ${said}`);
    }
    assert.equal(said.replace(/[^{}<>\n]/g, ''), inLatin.replace(/[^{}<>\n]/g, ''), path);
    const words = said.replace(foreign, ' ').match(/[A-Za-z]+/g) ?? [];
    const wrong = words.filter((one) => !kept.has(one) && !foreignLetters.test(one));
    if (wrong.length > 0) left.push(`${path}: ${wrong.join(' ')}`);
  }
  assert.deepEqual(left, []);
});

test('words of the rule and of the list', () => {
  const words = {
    'Yoʻq, parolni oʻzgartiring': 'Йўқ, парольни ўзгартиринг',
    'Sogʻliqni saqlash maʼlumotlari': 'Соғлиқни сақлаш маълумотлари',
    'Identifikatsiya tizimi, e-pochta': 'Идентификация тизими, э-почта',
    'Hayot, tibbiyot, yangi yozuv': 'Ҳаёт, тиббиёт, янги ёзув',
    'Ketsa, aytsangiz': 'Кетса, айтсангиз',
    'eski hisob, telefon, poeziya': 'эски ҳисоб, телефон, поэзия',
    'paroli va roli': 'пароли ва роли',
    'Shifokor CHIQISH, OʻZGARTIRILGAN': 'Шифокор ЧИҚИШ, ЎЗГАРТИРИЛГАН',
    'OneID orqali https://oneid.uz/Kirish': 'OneID орқали https://oneid.uz/Kirish',
    'FHIRda bemor Bundlesi, APIning xatosi': 'FHIR-да бемор Bundle-си, API-нинг хатоси',
    'Scopelar va compartmentdagi CodeSystemlar': 'Scope-лар ва compartment-даги CodeSystem-лар',
    'HL7ning taʼrifi (R5da)': 'HL7-нинг таърифи (R5-да)',
    'Commit, ulanishda OperationOutcome': 'Commit, уланишда OperationOutcome',
    'Personal, jihozi, urinish, listlar': 'Персонал, жиҳози, уриниш, листлар',
    "O'zbek va G‘ani": 'Ўзбек ва Ғани',
  };
  for (const [latin, cyrillic] of Object.entries(words)) assert.equal(toCyrillic(latin), cyrillic);
});
