import type { CatalogueEntry } from './entry.ts';

/** Failures of a search. https://hl7.org/fhir/R5/search.html#errors */
export const searchErrors = {
  'search-parameter-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: '“{name}” degan qidiruv parametri yoʻq.{near| Oʻxshashlari: {near}.}',
      ru: 'Параметра поиска «{name}» нет.{near| Похожие: {near}.}',
      en: 'There is no search parameter "{name}".{near| Similar ones: {near}.}',
    },
    when: 'The type that is searched has no parameter of this name. It is never ignored silently: the answer would hold what was not asked for.',
    remedy:
      'Take the name from `rest.resource.searchParam` in `/metadata`; names are case-sensitive. With `Prefer: handling=lenient` the parameter is left out, and the answer says so.',
    example: {
      values: { name: 'birthday', near: 'birthdate' },
      diagnostics: 'birthday. Expected: a search parameter of Patient. Did you mean birthdate?',
      expression: 'http.birthday',
    },
  },
  'search-parameter-not-ready': {
    status: 400,
    issue: 'transient',
    severity: 'error',
    retryAfter: 10,
    text: {
      uz: '“{name}” parametri yangi: resurslar u boʻyicha hali indekslanmoqda ({percent} %). Birozdan soʻng takrorlang.',
      ru: 'Параметр «{name}» новый: ресурсы ещё индексируются по нему ({percent} %). Повторите немного позже.',
      en: 'The parameter "{name}" is new and not yet ready: {percent} % of the resources are indexed by it. Repeat a little later.',
    },
    when: 'A SearchParameter that this environment has of its own was stored a while ago, and not all resources are indexed by it. Until then a search could miss some, so it is not carried out. Everything else works.',
    remedy: 'Repeat after `Retry-After`. `npx dhp reindex` shows the progress.',
    example: {
      values: { name: 'birth-place', percent: '42' },
      diagnostics: 'birth-place: birth-place is new: 42 % of the resources are indexed by it.',
      expression: 'http.birth-place',
    },
  },
  'search-parameter-incomplete': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 600,
    text: {
      uz: '“{name}” parametri boʻyicha hozir qidirib boʻlmaydi: uning qiymatlari {count} ta resurs uchun hisoblanmagan, shuning uchun javob toʻliq boʻlmas edi. Boshqa parametr boʻyicha qidiring yoki tizim administratoriga xabar bering.',
      ru: 'По параметру «{name}» сейчас нельзя искать: для {count} ресурсов его значения не вычислены, и ответ был бы неполным. Ищите по другому параметру или сообщите администратору.',
      en: 'One cannot search by the parameter "{name}" now: its values are not computed for {count} resources, so the answer would not be complete. Search by another parameter, or tell the administrator.',
    },
    when: 'Resources that were stored before were indexed anew, after an upgrade or for a new SearchParameter, and the values of this parameter cost more work than ten times `DHP_RESOURCE_WORK` for some of them. A search by it would miss these, so it is not carried out, also where it decides on a conditional write. Everything else finds them.',
    remedy:
      'Search by another parameter. The administrator sees the resources in the check `index` of `/readyz` and with `npx dhp reindex`, and raises `DHP_RESOURCE_WORK`, or changes the SearchParameter or the resources; the server then tries again by itself.',
    example: {
      values: { name: 'code-value-concept', count: '2' },
      diagnostics:
        'code-value-concept: the values of code-value-concept could not be computed for 2 of the stored resources.',
      expression: 'http.code-value-concept',
    },
  },
  'search-too-large': {
    status: 400,
    issue: 'too-costly',
    severity: 'error',
    text: {
      uz:
        '“{name}” qidiruvda ruxsat etilganidan koʻproq narsa soʻraydi.' +
        '{parameters| Bitta qidiruvda koʻpi bilan {parameters} ta parametr boʻladi: ularning bir qismini qoldiring.}' +
        '{values| Bitta parametrda vergul orasida koʻpi bilan {values} ta qiymat boʻladi: qidiruvni bir nechta soʻrovga boʻling.}' +
        '{allValues| Barcha parametrlarda birgalikda koʻpi bilan {allValues} ta qiymat boʻladi: qidiruvni bir nechta soʻrovga boʻling.}' +
        '{sortKeys| Koʻpi bilan {sortKeys} ta parametr boʻyicha saralanadi: muhimlarini qoldiring.}' +
        '{includes| Koʻpi bilan {includes} ta _include va _revinclude boʻladi: keraklilarini qoldiring.}' +
        '{depth| Koʻpi bilan {depth} ta havola ketma-ket kuzatiladi: zanjirni qisqartiring.}' +
        '{steps| Hammasi boʻlib koʻpi bilan {steps} qadam bajariladi: zanjirda turni koʻrsating (subject:Patient.name) yoki kamroq turni qidiring.}' +
        '{filterNesting| _filter ichida qavslar koʻpi bilan {filterNesting} marta ichma-ich keladi: ularni kamaytiring.}' +
        '{filterTests| _filter ichida koʻpi bilan {filterTests} ta shart boʻladi: qidiruvni bir nechta soʻrovga boʻling.}' +
        '{textWords| Matndan koʻpi bilan {textWords} ta soʻz qidiriladi: kamroq soʻz yozing.}' +
        '{textNesting| Qavslar koʻpi bilan {textNesting} marta ichma-ich keladi: ularni kamaytiring.}',
      ru:
        'Параметр «{name}» запрашивает больше, чем допускает один поиск.' +
        '{parameters| В одном поиске не более {parameters} параметров: уберите часть из них.}' +
        '{values| В одном параметре не более {values} значений через запятую: разделите поиск на несколько запросов.}' +
        '{allValues| Во всех параметрах вместе не более {allValues} значений: разделите поиск на несколько запросов.}' +
        '{sortKeys| Сортировать можно не более чем по {sortKeys} параметрам: оставьте главные.}' +
        '{includes| Допускается не более {includes} _include и _revinclude: оставьте нужные.}' +
        '{depth| Последовательно можно пройти не более {depth} ссылок: сократите цепочку.}' +
        '{steps| Всего выполняется не более {steps} шагов: укажите тип в цепочке (subject:Patient.name) или ищите меньше типов.}' +
        '{filterNesting| В _filter не более {filterNesting} скобок друг в друге: уменьшите вложенность.}' +
        '{filterTests| В _filter не более {filterTests} условий: разделите поиск на несколько запросов.}' +
        '{textWords| В тексте ищется не более {textWords} слов: напишите меньше слов.}' +
        '{textNesting| Не более {textNesting} скобок друг в друге: уменьшите вложенность.}',
      en:
        'The parameter "{name}" asks for more than one search may.' +
        '{parameters| One search has at most {parameters} parameters: leave some of them out.}' +
        '{values| One parameter has at most {values} values between commas: divide the search into several requests.}' +
        '{allValues| All parameters together have at most {allValues} values: divide the search into several requests.}' +
        '{sortKeys| One can sort by at most {sortKeys} parameters: keep those that matter.}' +
        '{includes| There are at most {includes} of _include and _revinclude: keep those that are needed.}' +
        '{depth| At most {depth} references are followed one behind the other: make the chain shorter.}' +
        '{steps| At most {steps} steps are done in all: name the type in a chain (subject:Patient.name), or search fewer types.}' +
        '{filterNesting| A _filter has at most {filterNesting} brackets within each other: nest less.}' +
        '{filterTests| A _filter has at most {filterTests} tests: divide the search into several requests.}' +
        '{textWords| At most {textWords} words are searched in texts: write fewer.}' +
        '{textNesting| There are at most {textNesting} parentheses within each other: nest less.}',
    },
    when: 'A search, a conditional request or a scope asks for more of something than one may: parameters, values between commas, keys of `_sort`, includes, references in a chain, brackets or tests of a `_filter`, words. The limits are fixed, and far above what is known to be asked: [search.md](search.md#limits) lists them. Nothing is left out instead, also with `Prefer: handling=lenient`.',
    remedy: 'Do as the sentence says: it names the limit.',
    example: {
      values: {
        ...{
          name: '_sort',
          sortKeys: '10',
          parameters: '',
          values: '',
          allValues: '',
          includes: '',
          depth: '',
          steps: '',
        },
        ...{ filterNesting: '', filterTests: '', textWords: '', textNesting: '' },
      },
      diagnostics: '_sort: at most 10 parameters to sort by.',
      expression: 'http._sort',
    },
  },
  'search-parameter-invalid': {
    status: 422,
    issue: 'invalid',
    severity: 'error',
    text: {
      uz: 'Bu SearchParameter boʻyicha qidirib boʻlmaydi: {place} notoʻgʻri.',
      ru: 'По этому SearchParameter нельзя искать: ошибка в {place}.',
      en: 'One cannot search by this SearchParameter: {place} is wrong.',
    },
    when: 'A SearchParameter with the status `active` is stored whose expression cannot be compiled, whose code is taken on one of its bases, or that has what this server does not do. One issue tells each mistake.',
    remedy:
      'Correct the elements as the diagnostics say. With the status `draft` it is stored as it is and has no effect.',
    example: {
      values: { place: 'SearchParameter.expression' },
      diagnostics:
        'SearchParameter.expression: a FHIRPath expression; there is no function frist() (line 1, column 14).',
      expression: 'SearchParameter.expression',
    },
  },
  'search-type-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: '“{name}” parametrida notoʻgʻri resurs turi bor.{near| Oʻxshashlari: {near}.}',
      ru: 'В параметре «{name}» указан неверный тип ресурса.{near| Похожие: {near}.}',
      en: 'The parameter "{name}" names a resource type that cannot be meant.{near| Similar ones: {near}.}',
    },
    when: '`_type`, a chain, `_has` or `_include` names a type that R5 does not have, or to which the reference cannot lead.',
    remedy: 'Correct the type; names are case-sensitive.',
    example: {
      values: { name: 'subject:patient.name', near: 'Patient' },
      diagnostics: 'subject:patient.name=Usmonov. Expected: the name of a type of resource. Did you mean Patient?',
      expression: 'http.subject:patient.name',
    },
  },
  'search-modifier-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: '“{name}” parametridagi modifikator ishlamaydi.{near| Mumkin boʻlganlari: {near}.}',
      ru: 'Модификатор в параметре «{name}» неприменим.{near| Возможные: {near}.}',
      en: 'The modifier in "{name}" cannot be used.{near| Possible ones: {near}.}',
    },
    when: 'What stands after the colon is no modifier of FHIR, or none for this type of parameter.',
    remedy: 'Use a modifier of the parameter’s type (docs/search.md lists them), or none.',
    example: {
      values: { name: 'birthdate:exact', near: 'missing' },
      diagnostics: 'birthdate:exact: birthdate of Patient is of type date and can have one of :missing, not :exact.',
      expression: 'http.birthdate:exact',
    },
  },
  'search-value-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    text: {
      uz: '“{name}” parametrining qiymati notoʻgʻri: “{value}”.',
      ru: 'Недопустимое значение параметра «{name}»: «{value}».',
      en: 'The value of "{name}" is not valid: "{value}".',
    },
    when: 'A value cannot be one of the parameter’s type: a date that is none, a number with letters. A well-formed code or reference that exists nowhere is no error and finds nothing.',
    remedy: 'Correct the value as the diagnostics say.',
    example: {
      values: { name: 'date', value: 'yesterday' },
      diagnostics: 'date=yesterday. Expected: a date such as 2026-11-25, perhaps with a prefix.',
      expression: 'http.date',
    },
  },
  'value-set-too-large': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    text: {
      uz: '{name} bu yerda qidirish uchun juda katta: koʻpi bilan {limit} ta kod boʻyicha qidiriladi. Kichikroq qiymatlar toʻplami yoki torroq kodni oling.',
      ru: '{name} слишком велик для поиска: искать можно не более чем по {limit} кодам. Возьмите меньший набор значений или более узкий код.',
      en: '{name} is too large to search by: a search takes {limit} codes at most. Take a smaller value set or a narrower code.',
    },
    when: 'A search by `:in`, `:not-in`, `:below` or `:above` is about more codes than `DHP_MEMBERSHIP_LIMIT`.',
    remedy: 'Search by a smaller value set or a narrower code, or have the operator raise `DHP_MEMBERSHIP_LIMIT`.',
    example: {
      values: { name: 'http://snomed.info/sct?fhir_vs', limit: '100000' },
      diagnostics:
        'http://snomed.info/sct?fhir_vs has 360000 codes; a search by the codes of a value set or hierarchy takes up to 100000 (DHP_MEMBERSHIP_LIMIT). Search by a part of it: a smaller value set, or a narrower code with :below.',
    },
  },
  'search-combination-invalid': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    text: {
      uz: '“{name}” parametri bu yerda yoki boshqa parametrlar bilan birga ishlamaydi.',
      ru: 'Параметр «{name}» здесь или вместе с другими параметрами неприменим.',
      en: 'The parameter "{name}" cannot be used here, or not together with the others.',
    },
    when: 'A parameter is used where it can mean nothing, or twice where it can stand once, or with another that it excludes.',
    remedy: 'Change the search as the diagnostics say.',
    example: {
      values: { name: '_count' },
      diagnostics: '_count=20. Expected: _count once.',
      expression: 'http._count',
    },
  },
  'search-unsupported': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: '“{name}” bu serverda ishlamaydi.',
      ru: '«{name}» на этом сервере не поддерживается.',
      en: '"{name}" is not supported by this server.',
    },
    when: 'FHIR R5 has it, and this server cannot do it.',
    remedy: 'Search without it; docs/search.md tells what is supported.',
    example: {
      values: { name: '_graph' },
      diagnostics: '_graph: graphs of resources are not returned.',
      expression: 'http._graph',
    },
  },
  'compartment-member-unknown': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    text: {
      uz: '{type} resursi {compartment} boʻlimiga kirmaydi.',
      ru: 'Ресурс {type} не входит в раздел {compartment}.',
      en: '{type} is not in the compartment of {compartment}.',
    },
    when: '`GET [base]/Patient/123/Medication`: R5 has no such compartment, or this type cannot be in it.',
    remedy: 'Search the type itself, with a parameter for the reference. docs/search.md names the compartments.',
    example: {
      values: { type: 'Medication', compartment: 'Patient' },
      diagnostics: 'Medication cannot be in the compartment of a Patient.',
    },
  },
  'search-form-expected': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: 'Qidiruv parametrlarini forma koʻrinishida yuboring: “Content-Type: application/x-www-form-urlencoded”.',
      ru: 'Отправьте параметры поиска в виде формы: «Content-Type: application/x-www-form-urlencoded».',
      en: 'Send the parameters of the search as a form: "Content-Type: application/x-www-form-urlencoded".',
    },
    when: 'The body of `POST … /_search` is something else than a form.',
    remedy: 'Send the parameters as a form, in UTF-8. Those of the URL count too.',
    example: {
      values: {},
      diagnostics: 'Content-Type is "application/fhir+json". Accepted is application/x-www-form-urlencoded.',
    },
  },
  'page-link-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    text: {
      uz: 'Sahifa havolasi buzilgan yoki boshqa qidiruvga tegishli. Havolani oʻzgartirmasdan oching yoki qidiruvni qaytadan boshlang.',
      ru: 'Ссылка на страницу повреждена или относится к другому поиску. Открывайте её без изменений или начните поиск заново.',
      en: 'The link to the page is damaged, or of another search. Follow links as they are, or begin the search again.',
    },
    when: '`_cursor` was not made by this environment for this search, or the parameters beside it were changed.',
    remedy: 'Follow `next` and `previous` as they are, or begin again without `_cursor`.',
    example: {
      values: {},
      diagnostics: '_cursor is not one that this server gave out for this search.',
      expression: 'http._cursor',
    },
  },
  'page-link-expired': {
    status: 410,
    issue: 'expired',
    severity: 'error',
    text: {
      uz: 'Sahifa havolasining muddati tugagan. Qidiruvni qaytadan boshlang.',
      ru: 'Срок действия ссылки на страницу истёк. Начните поиск заново.',
      en: 'The link to the page has expired. Begin the search again.',
    },
    when: 'A link to a page is good for a day. One of a search whose parameters are too long for an address names them (`_kept`); they are kept as long, the last hundred such searches of a caller, unless the database has failed.',
    remedy: 'Begin the search again, without `_cursor` and `_kept`.',
    example: {
      values: {},
      diagnostics: 'The link was good until 2026-11-25T09:30:00.000Z. Begin again without _cursor.',
      expression: 'http._cursor',
    },
  },
  'search-timeout': {
    status: 503,
    issue: 'timeout',
    severity: 'error',
    retryAfter: 10,
    text: {
      uz: 'Qidiruv belgilangan vaqtda tugamadi. Uni aniqroq shartlar bilan takrorlang.',
      ru: 'Поиск не завершился за отведённое время. Повторите его с более точными условиями.',
      en: 'The search did not end in the time it has. Repeat it with more precise conditions.',
    },
    when: 'The database did not answer a search in its time limit.',
    remedy: 'Name a patient, a code or a period; leave out `_total=accurate` and `_sort`; ask for smaller pages.',
    example: { values: {}, diagnostics: 'The search of Observation was ended by the time limit of the database.' },
  },
  'search-parameters-changed': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 1,
    text: {
      uz: 'Qidiruv parametrlari hozirgina oʻzgardi. Soʻrovni takrorlang.',
      ru: 'Параметры поиска только что изменились. Повторите запрос.',
      en: 'The search parameters have just changed. Repeat the request.',
    },
    when: 'A SearchParameter of the environment changed, on this or another server, between the moment a request was understood and the moment its statement ran. A search is understood anew by itself; a conditional write is refused, because by the old definition it could miss a match and store a duplicate.',
    remedy: 'Repeat after `Retry-After`.',
    example: {
      values: {},
      diagnostics: 'A SearchParameter of this environment was stored, changed or deleted at this moment.',
    },
  },
  'search-index-building': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 30,
    text: {
      uz: 'Qidiruv indeksi qurilmoqda: {percent} %. Birozdan soʻng takrorlang.',
      ru: 'Поисковый индекс строится: {percent} %. Повторите немного позже.',
      en: 'The search index is being built: {percent} %. Repeat a little later.',
    },
    when: 'Resources that were stored before are being indexed, after an upgrade or a restore. Until that is done a search could miss some, so it is not carried out. Where the index is searched as the release before made it until the next one is complete, only searches that ask for what it has not are refused. Reads and writes work.',
    remedy: 'Repeat after `Retry-After`. `npx dhp reindex` shows the progress.',
    example: { values: { percent: '42' }, diagnostics: '420,000 of about 1,000,000 resources are indexed.' },
  },
} as const satisfies Record<string, CatalogueEntry>;
