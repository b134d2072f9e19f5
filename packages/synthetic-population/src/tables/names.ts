/**
 * Names as the passport writes them (Latin) and as Russian documents do (Cyrillic). A patronymic is built from a
 * father's name: Uzbek and Tajik `o'g'li`/`qizi` in Latin, Russian endings in Cyrillic.
 */
export type Name = readonly [latin: string, cyrillic: string];

export interface People {
  readonly key: 'uzbek' | 'karakalpak' | 'tajik' | 'russian';
  /** Code in the national nationality list. */
  readonly nationality: string;
  readonly display: string;
  readonly male: readonly Name[];
  readonly female: readonly Name[];
  /** Masculine form; the feminine adds `a`. */
  readonly families: readonly Name[];
}

const pairs = (text: string): Name[] =>
  text
    .trim()
    .split(/(?<!\s)\s*;\s*/)
    .map((pair) => pair.split('/') as unknown as Name);

export const uzbek: People = {
  key: 'uzbek',
  nationality: '44',
  display: 'O‘ZBEK',
  male: pairs(`Aziz/Азиз; Akmal/Акмал; Alisher/Алишер; Anvar/Анвар; Asror/Асрор; Bahodir/Баходир; Bekzod/Бекзод;
    Botir/Ботир; Davron/Даврон; Dilshod/Дилшод; Elyor/Элёр; Farhod/Фарход; Farrux/Фаррух; Husan/Хусан; Islom/Ислом;
    Jahongir/Жахонгир; Jamshid/Жамшид; Javohir/Жавохир; Komil/Комил; Mirzo/Мирзо; Muhammad/Мухаммад; Murod/Мурод;
    Nodir/Нодир; O'ktam/Уктам; Olim/Олим; Otabek/Отабек; Qodir/Кодир; Rustam/Рустам; Sanjar/Санжар; Sardor/Сардор;
    Shavkat/Шавкат; Sherzod/Шерзод; Suhrob/Сухроб; Temur/Темур; To'lqin/Тулкин; Ulug'bek/Улугбек; Umid/Умид;
    Xurshid/Хуршид; Zafar/Зафар; Ziyod/Зиёд`),
  female: pairs(`Aziza/Азиза; Barno/Барно; Dildora/Дилдора; Dilfuza/Дилфуза; Dilnoza/Дилноза; Feruza/Феруза;
    Gulbahor/Гулбахор; Gulnora/Гулнора; Gulchehra/Гулчехра; Hulkar/Хулкар; Iroda/Ирода; Kamola/Камола;
    Lobar/Лобар; Lola/Лола; Madina/Мадина; Malika/Малика; Maftuna/Мафтуна; Mohira/Мохира; Munira/Мунира;
    Muslima/Муслима; Nafisa/Нафиса; Nargiza/Наргиза; Nigora/Нигора; Nilufar/Нилуфар; Nodira/Нодира; Oydin/Ойдин;
    Robiya/Робия; Saida/Саида; Sevara/Севара; Shahlo/Шахло; Shahnoza/Шахноза; Umida/Умида; Xurshida/Хуршида;
    Yulduz/Юлдуз; Zarina/Зарина; Zebo/Зебо; Zilola/Зилола; Zulfiya/Зулфия`),
  families: pairs(`Abdullayev/Абдуллаев; Abdurahmonov/Абдурахмонов; Ahmedov/Ахмедов; Aliyev/Алиев; Azimov/Азимов;
    Boboyev/Бобоев; Ergashev/Эргашев; Eshmatov/Эшматов; Fayziyev/Файзиев; Hakimov/Хакимов; Hamidov/Хамидов;
    Ibragimov/Ибрагимов; Ismoilov/Исмоилов; Jo'rayev/Жураев; Karimov/Каримов; Mahmudov/Махмудов; Mirzayev/Мирзаев;
    Murodov/Муродов; Nazarov/Назаров; Normatov/Норматов; Nurmatov/Нурматов; Olimov/Олимов; Ortiqov/Ортиков;
    Po'latov/Пулатов; Qodirov/Кодиров; Qosimov/Косимов; Rahimov/Рахимов; Rashidov/Рашидов; Rasulov/Расулов;
    Saidov/Саидов; Salimov/Салимов; Sattorov/Сатторов; Sobirov/Собиров; Sultonov/Султонов; To'xtayev/Тухтаев;
    Tursunov/Турсунов; Umarov/Умаров; Usmonov/Усмонов; Xolmatov/Холматов; Xudoyberdiyev/Худойбердиев;
    Yo'ldoshev/Юлдошев; Yusupov/Юсупов; Zokirov/Зокиров`),
};

const karakalpak: People = {
  key: 'karakalpak',
  nationality: '739002054',
  display: 'QORAQALPOQ',
  male: pairs(`Ayrat/Айрат; Azat/Азат; Berdaq/Бердах; Daulet/Даулет; Erbol/Ербол; Jeńis/Женис; Marat/Марат;
    Nurlan/Нурлан; Polat/Полат; Salamat/Саламат; Timur/Тимур; Ulıqbek/Улыкбек`),
  female: pairs(`Aygúl/Айгуль; Aynura/Айнура; Ayparsha/Айпарша; Biybisánem/Бибисанем; Gúlnara/Гульнара;
    Gúlziya/Гульзия; Jansaya/Жансая; Perizat/Перизат; Sánem/Санем; Ulbosın/Улбосын`),
  families: pairs(`Ayımbetov/Айымбетов; Allambergenov/Алламбергенов; Bekmuratov/Бекмуратов; Dáwletov/Даулетов;
    Embergenov/Ембергенов; Jumamuratov/Жумамуратов; Kalbaev/Калбаев; Nurımbetov/Нурымбетов; Orazov/Оразов;
    Qayıpnazarov/Кайыпназаров; Seytniyazov/Сейтниязов; Utepbergenov/Утепбергенов`),
};

const tajik: People = {
  key: 'tajik',
  nationality: '39',
  display: 'TOJIK',
  male: pairs(`Abdusalom/Абдусалом; Bahrom/Бахром; Daler/Далер; Firdavs/Фирдавс; Iskandar/Искандар; Jamol/Джамол;
    Manuchehr/Манучехр; Parviz/Парвиз; Rustam/Рустам; Siyovush/Сиёвуш; Sorbon/Сорбон`),
  female: pairs(`Firuza/Фируза; Gulsanam/Гулсанам; Manija/Манижа; Mehrangiz/Мехрангиз; Parvina/Парвина;
    Sadbarg/Садбарг; Shahrizoda/Шахризода; Tahmina/Тахмина; Zarrina/Заррина`),
  families: pairs(`Boboxonov/Бобохонов; Habibov/Хабибов; Hojiyev/Ходжиев; Mirzoyev/Мирзоев; Nabiyev/Набиев;
    Rajabov/Раджабов; Safarov/Сафаров; Sharipov/Шарипов; Sodiqov/Содиков; Zoirov/Зоиров`),
};

const russian: People = {
  key: 'russian',
  nationality: '36',
  display: 'RUS',
  male: pairs(`Aleksandr/Александр; Aleksey/Алексей; Andrey/Андрей; Denis/Денис; Dmitriy/Дмитрий; Evgeniy/Евгений;
    Ivan/Иван; Maksim/Максим; Mixail/Михаил; Roman/Роман; Oleg/Олег; Sergey/Сергей; Vladimir/Владимир`),
  female: pairs(`Anna/Анна; Darya/Дарья; Ekaterina/Екатерина; Elena/Елена; Irina/Ирина; Kseniya/Ксения;
    Lyudmila/Людмила; Mariya/Мария; Natalya/Наталья; Olga/Ольга; Svetlana/Светлана; Tatyana/Татьяна`),
  families: pairs(`Belov/Белов; Fedorov/Фёдоров; Ivanov/Иванов; Kim/Ким; Kozlov/Козлов; Kuznetsov/Кузнецов;
    Morozov/Морозов; Novikov/Новиков; Orlov/Орлов; Petrov/Петров; Popov/Попов; Smirnov/Смирнов; Sokolov/Соколов;
    Vasilyev/Васильев; Volkov/Волков`),
};

/** Peoples with their share of the population of a region, which the census counts roughly so. */
export function peoplesOf(region: string): readonly { readonly people: People; readonly weight: number }[] {
  return peoples.get(region) ?? usual;
}

const usual = [
  { people: uzbek, weight: 92 },
  { people: tajik, weight: 4 },
  { people: russian, weight: 2 },
  { people: karakalpak, weight: 0.5 },
];
const samarqand = [
  { people: uzbek, weight: 75 },
  { people: tajik, weight: 23 },
  { people: russian, weight: 2 },
];
const tashkent = [
  { people: uzbek, weight: 82 },
  { people: russian, weight: 14 },
  { people: tajik, weight: 3 },
  { people: karakalpak, weight: 1 },
];
const karakalpakstan = [
  { people: karakalpak, weight: 52 },
  { people: uzbek, weight: 46 },
  { people: russian, weight: 2 },
];
const peoples = new Map([
  ['1706', samarqand],
  ['1718', samarqand],
  ['1726', tashkent],
  ['1735', karakalpakstan],
]);
