/** A place with its code in the national lists of districts (7 digits) or mahallas (8 characters). */
export interface Place {
  readonly code: string;
  readonly name: string;
  readonly russian: string;
}

export interface Region {
  /** Code in the national list of states; the first four digits of its districts' codes. */
  readonly code: string;
  readonly name: string;
  readonly russian: string;
  /** The name's stem in titles of institutions: `Andijon viloyat …`. */
  readonly title: string;
  /** Share of the country's population, in thousandths. */
  readonly weight: number;
  /** Districts in which people live: the first is the seat of the region's institutions. */
  readonly districts: readonly Place[];
  readonly mahallas: readonly Place[];
  /** Area code of landline numbers. */
  readonly phone: string;
  readonly longitude: number;
  readonly latitude: number;
}

const places = (text: string): Place[] =>
  text
    .trim()
    .split(/(?<!\s)\s*;\s*/)
    .map((line) => {
      const [code, name, russian] = line.split('/');
      return { code: code!, name: name!, russian: russian ?? name! };
    });

type Seat = Pick<Region, 'phone' | 'longitude' | 'latitude'>;

function region(code: string, names: string, weight: number, seat: Seat, districts: string, mahallas: string): Region {
  const [name, russian, title] = names.split('/');
  return {
    code,
    name: name!,
    russian: russian!,
    title: title!,
    weight,
    ...seat,
    districts: places(districts),
    mahallas: places(mahallas),
  };
}

/** The 14 regions, each with a handful of its districts and mahallas. */
export const regions: readonly Region[] = [
  region(
    '1703',
    'Andijon viloyati/Андижанская область/Andijon viloyat',
    91,
    { phone: '74', longitude: 72.344, latitude: 40.782 },
    `1703401/Andijon shahri/город Андижан; 1703203/Andijon tumani/Андижанский район;
    1703210/Buloqboshi tumani/Булакбашинский район; 1703227/Marhamat tumani/Мархаматский район`,
    '17150039/Mehnat/Мехнат; 17150086/Tinchlik/Тинчлик; 17150042/Mustaqillik/Мустакиллик; 17150016/Guliston/Гулистан',
  ),
  region(
    '1706',
    'Buxoro viloyati/Бухарская область/Buxoro viloyat',
    55,
    { phone: '65', longitude: 64.421, latitude: 39.767 },
    `1706401/Buxoro shahri/город Бухара; 1706207/Buxoro tumani/Бухарский район;
    1706219/Kogon tumani/Каганский район; 1706258/Shofirkon tumani/Шафирканский район`,
    '20120025/Istiqlol/Истиклол; 20120065/Yangiobod/Янгиабад; 20120005/Alisher Navoiy/Алишер Навои',
  ),
  region(
    '1708',
    'Jizzax viloyati/Джизакская область/Jizzax viloyat',
    41,
    { phone: '72', longitude: 67.842, latitude: 40.116 },
    `1708401/Jizzax shahri/город Джизак; 1708204/Baxmal tumani/Бахмальский район;
    1708215/Do'stlik tumani/Дустликский район; 1708235/Forish tumani/Фаришский район`,
    '13010010/Tinchlik/Тинчлик; 13010002/Bobur/Бабур; 13020016/Navbahor/Навбахор; 13020015/Mustaqillik/Мустакиллик',
  ),
  region(
    '1710',
    'Qashqadaryo viloyati/Кашкадарьинская область/Qashqadaryo viloyat',
    94,
    { phone: '75', longitude: 65.789, latitude: 38.861 },
    `1710401/Qarshi shahri/город Карши; 1710212/Dehqonobod tumani/Дехканабадский район;
    1710229/Koson tumani/Касанский район; 1710234/Muborak tumani/Мубарекский район`,
    '18090043/Obod/Обод; 18090002/Amir Temur/Амир Темур; 18090087/Yangiobod/Янгиабад; 18090023/Istiqlol/Истиклол',
  ),
  region(
    '1712',
    'Navoiy viloyati/Навоийская область/Navoiy viloyat',
    29,
    { phone: '79', longitude: 65.379, latitude: 40.084 },
    `1712401/Navoiy shahri/город Навои; 1712216/Qiziltepa tumani/Кызылтепинский район;
    1712238/Nurota tumani/Нуратинский район; 1712251/Xatirchi tumani/Хатырчинский район`,
    '21120002/Guliston/Гулистан; 21030036/Farhod/Фархад; 21030003/Alisher Navoiy/Алишер Навои',
  ),
  region(
    '1714',
    'Namangan viloyati/Наманганская область/Namangan viloyat',
    83,
    { phone: '69', longitude: 71.673, latitude: 40.998 },
    `1714401/Namangan shahri/город Наманган; 1714207/Kosonsoy tumani/Касансайский район;
    1714219/Pop tumani/Папский район; 1714242/Yangiqo'rg'on tumani/Янгикурганский район`,
    '16090030/Navbahor/Навбахор; 16090022/Istiqlol/Истиклол; 16090029/Mustaqillik/Мустакиллик; 16090033/Nurafshon/Нурафшон',
  ),
  region(
    '1718',
    'Samarqand viloyati/Самаркандская область/Samarqand viloyat',
    112,
    { phone: '66', longitude: 66.975, latitude: 39.654 },
    `1718401/Samarqand shahri/город Самарканд; 1718206/Bulung'ur tumani/Булунгурский район;
    1718215/Kattaqo'rg'on tumani/Каттакурганский район; 1718233/Samarqand tumani/Самаркандский район`,
    '14010030/Navbahor/Навбахор; 14010017/Istiqlol/Истиклол; 14010002/Amir Temur/Амир Темур; 14010011/Guliston/Гулистан',
  ),
  region(
    '1722',
    'Surxondaryo viloyati/Сурхандарьинская область/Surxondaryo viloyat',
    78,
    { phone: '76', longitude: 67.278, latitude: 37.224 },
    `1722401/Termiz shahri/город Термез; 1722202/Angor tumani/Ангорский район;
    1722214/Qumqo'rg'on tumani/Кумкурганский район; 1722220/Termiz tumani/Термезский район`,
    '19010035/Yangiobod/Янгиабад; 19010004/Guliston/Гулистан; 19010019/Navbahor/Навбахор',
  ),
  region(
    '1724',
    'Sirdaryo viloyati/Сырдарьинская область/Sirdaryo viloyat',
    25,
    { phone: '67', longitude: 68.784, latitude: 40.489 },
    `1724401/Guliston shahri/город Гулистан; 1724212/Boyovut tumani/Баяутский район;
    1724226/Sardoba tumani/Сардобинский район; 1724235/Xovos tumani/Хавастский район`,
    '12010001/Alisher Navoiy/Алишер Навои; 12010002/Amir Temur/Амир Темур; 12010035/Farhod/Фархад',
  ),
  region(
    '1726',
    'Toshkent shahar/город Ташкент/Toshkent shahar',
    83,
    { phone: '71', longitude: 69.279, latitude: 41.311 },
    `1726273/Mirobod tumani/Мирабадский район; 1726262/Uchtepa tumani/Учтепинский район;
    1726266/Yunusobod tumani/Юнусабадский район; 1726269/Mirzo Ulug'bek tumani/Мирзо-Улугбекский район;
    1726294/Chilonzor tumani/Чиланзарский район`,
    `102-0030/Nurafshon/Нурафшон; 103-0102/Guliston/Гулистан; 103-0114/Navbahor/Навбахор; 111-0082/Oybek/Айбек;
    109-0078/Alisher Navoiy/Алишер Навои`,
  ),
  region(
    '1727',
    'Toshkent viloyati/Ташкентская область/Toshkent viloyat',
    81,
    { phone: '70', longitude: 69.357, latitude: 41.041 },
    `1727401/Nurafshon shahri/город Нурафшан; 1727212/Ohangaron tumani/Ахангаранский район;
    1727239/Yuqori Chirchiq tumani/Юкоричирчикский район; 1727250/Piskent tumani/Пскентский район`,
    '11160028/Mustaqillik/Мустакиллик; 11160029/Navbahor/Навбахор; 11160056/Yangiobod/Янгиабад; 11160037/Obod/Обод',
  ),
  region(
    '1730',
    "Farg'ona viloyati/Ферганская область/Farg'ona viloyat",
    110,
    { phone: '73', longitude: 71.786, latitude: 40.386 },
    `1730401/Farg'ona shahri/город Фергана; 1730206/Qo'shtepa tumani/Куштепинский район;
    1730224/Rishton tumani/Риштанский район; 1730230/O'zbekiston tumani/Узбекистанский район`,
    '15020031/Navbahor/Навбахор; 15020035/Obod/Обод; 15020034/Nurafshon/Нурафшон; 15010059/Yangiobod/Янгиабад',
  ),
  region(
    '1733',
    'Xorazm viloyati/Хорезмская область/Xorazm viloyat',
    54,
    { phone: '62', longitude: 60.632, latitude: 41.55 },
    `1733401/Urganch shahri/город Ургенч; 1733208/Gurlan tumani/Гурленский район;
    1733220/Hazorasp tumani/Хазараспский район; 1733226/Xiva tumani/Хивинский район`,
    '22010020/Navbahor/Навбахор; 22010024/Nurafshon/Нурафшон; 22010027/Obod/Обод; 22060046/Bunyodkor/Бунёдкор',
  ),
  region(
    '1735',
    "Qoraqalpog'iston Respublikasi/Республика Каракалпакстан/Qoraqalpog'iston Respublikasi",
    54,
    { phone: '61', longitude: 59.61, latitude: 42.461 },
    `1735401/Nukus shahri/город Нукус; 1735207/Beruniy tumani/Берунийский район;
    1735212/Kegeyli tumani/Кегейлийский район; 1735222/Mo'ynoq tumani/Муйнакский район`,
    '23010032/Oybek/Айбек; 23010049/Yangiobod/Янгиабад; 23010004/Beruniy/Беруни; 23010029/Alisher Navoiy/Алишер Навои',
  ),
];

/** Streets that every town has. */
export const streets: readonly (readonly [latin: string, cyrillic: string])[] = [
  ['Alisher Navoiy', 'Алишера Навои'],
  ['Amir Temur', 'Амира Темура'],
  ['Bobur', 'Бабура'],
  ['Ibn Sino', 'Ибн Сины'],
  ["Mirzo Ulug'bek", 'Мирзо Улугбека'],
  ['Mustaqillik', 'Мустакиллик'],
  ["Navro'z", 'Навруз'],
  ["O'zbekiston", 'Узбекистанская'],
  ["Bog'ishamol", 'Богишамол'],
  ['Shifokorlar', 'Шифокорлар'],
  ['Tinchlik', 'Тинчлик'],
  ['Yoshlik', 'Ёшлик'],
];
