import type { MessageId } from './kinds.ts';

export const russian: Readonly<Record<MessageId, string>> = {
  'resource-expected': 'Ресурс должен быть объектом JSON, а здесь {found}. Отправьте объект с resourceType.',
  'resource-type-missing': 'Не указан resourceType. Укажите тип ресурса, например "resourceType": "Patient".',
  'resource-type-unknown': 'В FHIR R5 нет типа ресурса {type}. Проверьте написание; регистр букв важен.',
  'nested-too-deep': 'Элементы вложены глубже {most} уровней, остальное не проверено. Уменьшите вложенность.',
  'unknown-element':
    'У {type} нет элемента {element}. [[Возможно, имелся в виду {near}?]] Удалите его или поместите в расширение.',
  'element-missing':
    'Элемент {element} обязателен: не менее {min}, найдено {count}. Добавьте его. [[(профиль {profile})]]',
  'too-many':
    'Элемент {element} может повторяться не более {max} раз, найдено {count}. Удалите лишнее. [[(профиль {profile})]]',
  'array-expected':
    'Элемент {element} повторяющийся, поэтому должен быть массивом JSON даже для одного значения: заключите его в [ ].',
  'array-not-allowed': 'Элемент {element} не повторяется, поэтому не может быть массивом JSON: уберите [ ].',
  'array-empty': 'Элемент {element} — пустой массив. Если значения нет, не указывайте элемент.',
  'object-expected': '{type} должен быть объектом JSON, а здесь {found}: {value}.',
  'null-not-allowed': 'Элемент {element} равен null. Если значения нет, не указывайте элемент.',
  'choice-twice': 'Для {element} допускается только одно значение, найдено {names}. Оставьте одно.',
  'sibling-length':
    'В _{element} элементов: {count}, а в {element}: {expected}. Длина массивов должна совпадать, пропуски заполняются null.',
  'json-type': 'Тип {type} записывается в JSON как {expected}, а здесь {found}: {value}.',
  'value-empty':
    'Значение пустое. Тип {type} должен содержать хотя бы один непробельный символ; иначе не указывайте элемент.',
  'value-format': '«{value}» не является допустимым значением типа {type}. Образец: {example}.',
  'value-range': 'Значение {value} вне диапазона типа {type}: от {min} до {max}.',
  'value-too-short': 'Длина текста {length}, нужно не менее {min} символов.',
  'value-too-long': 'Длина текста {length}, допускается не более {max} символов. Сократите его.',
  'value-decimal-places':
    'У числа {value} слишком много знаков после запятой, допускается не более {max}. Округлите его.',
  'value-control-character':
    'Текст содержит управляющий символ, кроме табуляции и перевода строки. Удалите его: «{value}».',
  'value-below-minimum': 'Значение {value} меньше минимума {min}. [[(профиль {profile})]]',
  'value-pattern': '«{value}» не соответствует требуемой форме: {regex}.',
  'value-above-maximum': 'Значение {value} больше максимума {max}. [[(профиль {profile})]]',
  'value-required': 'Элемент {element} должен иметь значение, а не только расширения. [[(профиль {profile})]]',
  'year-unusual': 'Год в {value} далёк от сегодняшнего. Проверьте, нет ли ошибки ввода.',
  'decimal-unusual': 'В {value} больше цифр, чем хранит большинство программ. Округлите до 17.',
  'id-duplicate':
    'Идентификатор {id} указан у нескольких элементов ресурса. Идентификаторы элементов должны быть уникальны.',
  'contained-without-id':
    'У вложенного ресурса (contained) должен быть id, чтобы на него можно было сослаться как #id.',
  'contained-id-duplicate': 'У двух вложенных ресурсов одинаковый id {id}. Дайте каждому свой.',
  'contained-not-used':
    'Правило dom-3: на вложенный ресурс {id} никто не ссылается, и сам он не ссылается на внешний ресурс. Сошлитесь на него как #{id} или удалите его.',
  'code-system-unknown': 'Система кодов {system} здесь неизвестна, код не проверен.',
  'code-unknown': 'Кода {code} нет в системе {system}. Используйте код из этой системы.',
  'code-inactive': 'Код {code} в системе {system} имеет статус {status}. Проверьте, следует ли его использовать.',
  'display-wrong': 'Наименование «{display}» не соответствует коду {code} системы {system}; ожидается {expected}.',
  invariant: 'Нарушено правило {key}: {human}',
  'invariant-not-evaluated': 'Правило {key} не удалось проверить: {reason}',
  'code-not-in-value-set': 'Кода {code} нет в наборе значений {valueSet}. Используйте код из этого набора.',
  'concept-not-in-value-set':
    'Ни один из кодов ({codes}) не входит в набор значений {valueSet}. Добавьте код из этого набора.',
  'concept-without-code': 'Код не указан; ожидается код из набора значений {valueSet}. Добавьте coding.',
  'code-outside-maximum': 'Коды ({codes}) выходят за пределы набора значений {valueSet}, что не допускается.',
  'value-set-unknown': 'Код не проверен: набор значений {valueSet} здесь недоступен.',
  'coding-without-system': 'Код без системы не имеет определённого значения. Укажите system.',
  'reference-target': 'Ссылка указывает на {found}; здесь допустимы: {allowed}.',
  'reference-format':
    '«{reference}» не является ссылкой. Укажите Тип/id (Patient/123), абсолютный URL, urn:uuid:… или #id вложенного ресурса.',
  'reference-type-mismatch': 'Ссылка {reference} указывает на {found}, а type — {type}. Приведите их в соответствие.',
  'reference-versioning': 'Версия цели в ссылке {reference} задаётся так: {expected}. [[(профиль {profile})]]',
  'reference-aggregation': 'Цель ссылки {reference}: {found}; здесь допустимо: {allowed}. [[(профиль {profile})]]',
  'reference-unresolved':
    'По ссылке {reference} нет вложенного ресурса. Добавьте его в contained внешнего ресурса или исправьте id.',
  'reference-target-missing': 'Ссылка {reference} никуда не ведёт. Исправьте её или сначала создайте ресурс.',
  'reference-target-profile': 'Ресурс по ссылке {reference} не соответствует ни одному из профилей {profiles}.',
  'extension-url': 'url расширения должен быть абсолютным, а указано «{url}».',
  'extension-unknown':
    'Расширение {url} здесь неизвестно и не проверено. Проверьте url или установите пакет с его определением.',
  'extension-invariant': 'Расширение {url} допускается здесь, только если выполняется: {rule}.',
  'extension-context': 'Расширение {url} не допускается у этого элемента. Допустимо у: {expected}.',
  'extension-is-modifier': 'Расширение {url} меняет смысл элемента, поэтому его место в modifierExtension.',
  'extension-not-modifier': 'Расширение {url} не меняет смысл элемента, поэтому его место в extension.',
  'profile-unknown': 'Профиль {profile} здесь неизвестен и не проверен. Проверьте url или установите его пакет.',
  'profile-required':
    'Ресурс {type} должен назвать в meta.profile один из имеющихся для него профилей. Добавьте один из них: {profiles}.',
  'profile-for-other-type': 'Профиль {profile} предназначен для {expected}, а здесь {found}.',
  'profile-not-met': 'Значение не соответствует ни одному из профилей {profiles}.',
  'profile-not-compliant':
    'Этот профиль не соответствует заявленному {claimed}. Не хватает (в скобках — что есть): {lacks}.',
  'type-not-allowed': 'Значение типа {found} здесь не допускается; допустимы: {allowed}. [[(профиль {profile})]]',
  'fixed-value': 'Значение должно быть в точности {expected}, а указано {value}. [[(профиль {profile})]]',
  'fixed-value-missing': 'Профиль требует здесь значение {expected}, но его нет. Добавьте его. [[(профиль {profile})]]',
  'fixed-value-too-much': 'Значение {value} не входит в заданное профилем. Удалите его. [[(профиль {profile})]]',
  'pattern-value': 'Значение должно содержать {expected}, а указано {value}. [[(профиль {profile})]]',
  'slice-missing':
    'Срез {slice} обязателен: не менее {min}, найдено {count}. Добавьте соответствующее повторение. [[(профиль {profile})]]',
  'slice-too-many': 'Срез {slice} может встречаться не более {max} раз, найдено {count}. [[(профиль {profile})]]',
  'slice-unknown':
    'Это повторение {element} не относится ни к одному из срезов {slices}, а другие не допускаются. [[(профиль {profile})]]',
  'slice-order': 'Срез {slice} должен стоять перед следующими за ним в профиле. [[(профиль {profile})]]',
  'narrative-syntax': 'Текст (narrative) не является правильным XHTML: {reason}.',
  'narrative-element': 'Элемент <{name}> не допускается в тексте. Используйте только простые элементы оформления HTML.',
  'narrative-attribute': 'Атрибут {name} не допускается у <{element}> в тексте. Удалите его.',
  'narrative-namespace': 'Элемент div текста должен быть в пространстве имён {expected}[[, указано «{found}»]].',
  'narrative-paragraph': 'Элемент <p> не может стоять внутри другого <p>. Сначала закройте первый.',
  'narrative-language':
    'Язык ресурса — {language}; укажите его в lang и xml:lang элемента div повествования[[, сейчас там {found}]].',
  'narrative-id-duplicate':
    'Эти идентификаторы или якоря встречаются в описании более одного раза: {ids}. Сделайте их уникальными.',
  'bundle-full-url': 'fullUrl {fullUrl} похож на адрес сервера, поэтому должен заканчиваться на {expected}.',
  'bundle-full-url-relative':
    'fullUrl должен быть абсолютным, а указано «{fullUrl}». Запишите полный адрес или urn:uuid:….',
  'bundle-entry-unreachable':
    'Ссылки не ведут от {from} к этому {type} и не ведут обратно. Сошлитесь на него или уберите его.',
  'bundle-reference-unresolved':
    '{reference} не ведёт ни к одной записи этого Bundle, хотя документ или сообщение содержит то, о чём оно. Добавьте ресурс либо исправьте reference и fullUrl.',
  'questionnaire-item-added': 'В {from} нет пункта {linkId}, поэтому соответствующий ему опросник не может его иметь.',
  'questionnaire-item-differs': 'Пункт {linkId} взят из {from}, где {element}: {expected}. Сохраните это.',
  'questionnaire-unknown': 'Опросник {questionnaire} здесь неизвестен, ответы по нему не проверены.',
  'response-item-unknown': 'В опроснике здесь нет пункта {linkId}. Проверьте linkId и место пункта.',
  'response-item-order': 'Пункт {linkId} стоит после пунктов, которые следуют за ним в опроснике. Сохраните порядок.',
  'response-item-twice':
    'Пункт {linkId} указан {count} раз; допускается один. Укажите несколько ответов в одном пункте.',
  'response-item-outside-answer': '{linkId} — вопрос, поэтому вложенные пункты должны быть в его ответе.',
  'response-item-not-enabled': 'По ответам на другие вопросы пункт {linkId} не активен, поэтому его быть не должно.',
  'response-answer-not-allowed': 'Пункт {linkId} имеет тип {type} и не может иметь ответа.',
  'response-answer-missing': 'На вопрос {linkId} нужно ответить.',
  'response-answer-type': 'Ответ на {linkId} должен быть типа {expected}, а указан {found}.',
  'response-answer-option': 'Ответа {value} нет среди вариантов пункта {linkId}.',
  'response-too-few-answers': 'У пункта {linkId} должно быть не менее {min} ответов, найдено {count}.',
  'response-too-many-answers': 'На вопрос {linkId} допускается один ответ, найдено {count}.',
  'response-below-minimum': 'Ответ {value} меньше допустимого минимума {limit}.',
  'response-more-answers': 'У пункта {linkId} допускается не более {max} ответов, найдено {count}.',
  'response-exclusive-option': 'Вариант {value} пункта {linkId} исключает все остальные. Укажите его один.',
  'response-attachment-type': 'Вложение пункта {linkId} имеет тип {found}; допустимо: {allowed}.',
  'response-attachment-size': 'Вложение пункта {linkId} занимает {actual} байт, допускается не более {max}.',
  'response-above-maximum': 'Ответ {value} больше допустимого максимума {limit}.',
  'national-identifier':
    '«{value}» не соответствует формату этого идентификатора ({name}); пример: {example}. Проверьте номер и его систему.',
  'national-pinfl-date': 'Цифры ПИНФЛ {value} не образуют дату рождения. Проверьте номер.',
  'national-pinfl-check-digit': 'Последняя цифра ПИНФЛ {value} не соответствует остальным. Проверьте номер.',
  'national-pinfl-birth-date':
    'По ПИНФЛ {value} дата рождения {expected}, а в birthDate указано {found}. Проверьте оба значения.',
  'national-pinfl-gender': 'По ПИНФЛ {value} пол {expected}, а в gender указано {found}. Проверьте оба значения.',
  'national-district': 'Район {district} не относится к области {state}: его код должен начинаться с кода области.',
  'national-city': 'Населённый пункт {city} не относится к району {district}: его код должен начинаться с кода района.',
  'definition-element-not-allowed':
    '{element} не может стоять на элементе профиля ({path}): это задаёт базовое определение. Удалите его.',
  'definition-constraint-key':
    'Ключ {key} уже обозначает другое правило: {expression}. Дайте этому правилу собственный ключ.',
  'definition-extension-url':
    'В Extension.url закреплено {found}, а url определения — {expected}. Приведите их в соответствие.',
  'definition-context': 'Контекст {expression} не является элементом FHIR R5. Проверьте путь.',
  'definition-slice-support':
    'Срез {slice} элемента {path} не помечен mustSupport, хотя сам элемент помечен. Укажите mustSupport в обоих местах или нигде.',
  'code-system-case': 'caseSensitive не указан, поэтому неизвестно, важен ли регистр кодов. Укажите его.',
  'code-system-count':
    'В count указано {count} понятий, их {found}, а content — {content}. Исправьте count или content.',
  'code-system-property-uri':
    'uri свойства указывает на код {code} системы {system}, где такого кода нет. Проверьте uri.',
  'code-system-property-code':
    'Значение {code} свойства {property} не является кодом этой системы кодов. Исправьте его или измените тип свойства.',
  'value-set-code':
    'Кода {code} нет в системе кодов {system}, поэтому его не может быть в наборе значений. Исправьте или уберите его.',
  'value-set-system': 'Система в include должна быть указана абсолютным адресом, а указано «{system}».',
  'map-display': 'Название «{display}» не относится к {code} в {system}; ожидается {expected}.',
  'attachment-hash': 'В hash указано {hash}, а SHA-1 данных — {actual}. Исправьте hash или уберите его.',
  'attachment-size': 'В size указано {size} байт, а в data их {actual}. Исправьте size или уберите его.',
};
