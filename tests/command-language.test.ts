/** Results, progress, usage errors and failures of the commands in the language of the locale; output for programs has no language. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHome, type Home, type Platform } from './platform.ts';

const russian = { LC_ALL: 'ru_RU.UTF-8' };
const uzbek = { LC_ALL: 'uz_UZ.UTF-8' };

/** Letters that English has not: of Cyrillic, and the apostrophes of Uzbek. */
const otherLetters = /[\p{Script=Cyrillic}ʻʼ]/u;

let place: Home;
let platform: Platform;
before(async () => {
  place = await openHome({ begins: 'migrated', serves: 'sso', programs: 'kept', environment: russian });
  platform = await place.start();
});
after(() => place.close());

/** Without progress, which a command shows if it takes long. */
function withoutProgress({ stdout, stderr }: { stdout: string; stderr: string }): string {
  return stdout + stderr.replaceAll(/^ {2}.*\n/gm, '');
}

describe('commands in Russian', () => {
  it('tell the progress of a start', () => {
    assert.match(platform.said(), /✓ встроенная база данных: порт \d+ \(\d+\.\d с\)/);
  });

  for (const [words, expected] of [
    ['session list', /^Таких сеансов нет\.\n$/],
    ['session end none', /^dhp: Такого сеанса нет\. \(/],
    ['registration-token list', /^Токенов регистрации пока нет\./],
    ['identity-source list', /^Таких клиентов нет\./],
    ['identity-case list', /^Спорных случаев нет\.\n$/],
    ['user unconfirmed', /^Ничего не ждёт подтверждения\.\n$/],
    ['key rotate HS256', /^dhp: Алгоритм «HS256» здесь не используется/],
    ['password-list status', /^Список не установлен/],
    ['policy versions', /^Политик доступа нет\./],
    ['policy explain none --client x', /^dhp: none: назовите запись так: Observation\/7/],
    ['policy check none.json', /^dhp: Файл none\.json не читается\.\n$/],
    ['glass list', /^Проверять нечего\.\n$/],
    ['audit verify', /^цела: \d+ событи.\nhead {3}\S+\n/],
    ['audit export --after x', /^dhp: --after x: это не позиция цепочки/],
    ['audit request none', /^Записей с таким идентификатором запроса нет\.\n$/],
    ['audit periods --environment else', /^dhp: --environment else: есть только среды playground и production\.\n$/],
    ['package list', /^PACKAGE .* {2}встроен\n/s],
    ['package remove no.such', /^dhp: Пакет no\.such не установлен\./],
    ['package install ./none.tgz', /^dhp: Нет файла или папки \S+none\.tgz/],
    ['terminology import x y', /^dhp: Вида «x» нет; есть виды /],
    ['validate none.json', /dhp: none\.json: нет такого файла или папки\n$/],
    ['seed --patients many', /^dhp: --patients many: нужно целое число не больше 50\s000\s000\.\n$/],
    ['reindex', /Поисковый индекс полон\.\n$/],
    ['migrate', /Базы данных приведены к новейшей схеме\.\n$/],
  ] as const) {
    it(`dhp ${words}`, async () => {
      assert.match(withoutProgress(await place.run(words.split(' '))), expected);
    });
  }

  it('say what is wrong with a setting', async () => {
    const { code, stderr } = await place.run(['start'], { DHP_PORT: 'web', DHP_LOGG: 'debug' });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      'dhp: Настройки DHP_LOGG нет; может быть, DHP_LOG?\nDHP_PORT=web: нужен номер порта от 1 до 65535.\n',
    );
  });

  it('tell programs the same as in English', async () => {
    for (const words of [
      ...['audit verify', 'package list', 'package remove no.such', 'database roles', 'session list', 'reindex'],
      ...[
        'identity-case list',
        'password-list status',
        'audit periods',
        'registration-token list',
        'policy versions',
        'glass list',
      ],
    ]) {
      const { stdout } = await place.run([...words.split(' '), '--json']);
      assert.doesNotMatch(stdout, otherLetters, words);
    }
  });
});

describe('commands in Uzbek', () => {
  for (const [words, expected] of [
    ['session list', 'Bunday seans yoʻq.\n'],
    ['package remove no.such', 'dhp: no.such oʻrnatilmagan. Oʻrnatilganlar: dhp package list\n'],
    ['seed --patients many', 'dhp: --patients many: butun son kerak, koʻpi bilan 50\u00a0000\u00a0000.\n'],
  ] as const) {
    it(`dhp ${words}`, async () => {
      assert.equal(withoutProgress(await place.run(words.split(' '), uzbek)), expected);
    });
  }
});
