/** A world of which callers see parts, and questions about it. */

export type Resource = Record<string, unknown> & { resourceType: string; id: string };

/** A sequence that is the same for the same seed. */
export function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
export type Random = ReturnType<typeof randomOf>;

export const oneOf =
  (random: Random) =>
  <Item>(items: readonly Item[]): Item =>
    items[random(items.length)]!;

export const patients = ['a', 'b', 'c', 'e'];
const codes = ['x1', 'x2', 'x3'];

const includes: Record<string, string[]> = {
  Patient: [
    '_revinclude=Observation:subject',
    '_revinclude=Encounter:subject',
    '_include=Patient:general-practitioner',
  ],
  Encounter: ['_include=Encounter:subject', '_revinclude=Observation:encounter', '_include:iterate=Encounter:part-of'],
  Observation: [
    ...['_include=Observation:subject', '_include=Observation:encounter', '_include:iterate=Observation:has-member'],
    ...['_revinclude=Observation:has-member', '_revinclude=List:item', '_include=*'],
  ],
  List: ['_include=List:item', '_include=List:subject'],
};
const orders: Record<string, string[]> = {
  Patient: ['family', '-birthdate', '_id', '_lastUpdated'],
  Encounter: ['-_lastUpdated', '_id', 'status'],
  Observation: ['date', '-date', 'code', 'value-quantity', '-_lastUpdated', 'status,-date'],
  List: ['_id', '-_lastUpdated'],
};

export const types = ['Patient', 'Encounter', 'Observation', 'List'] as const;

export interface Interference {
  /** All resources, in the order in which they are stored. */
  readonly everything: readonly Resource[];
  /** The path of a question about it. */
  readonly question: () => string;
  /** A condition of a search of a type. */
  readonly criterionOf: (type: string) => string;
}

export function interference(random: Random): Interference {
  const one = oneOf(random);
  /** Returns the resources in the order of storing: referenced ones first. */
  function world(): Resource[] {
    const meta = (): { tag: object[] } => ({
      tag: [
        { system: 'urn:t', code: one(['ours', 'theirs']), display: `a label of ${String(random(1000))}` },
        { system: 'urn:t', code: `only-${String(random(1000))}` },
      ],
    });
    const coded = (code: string): object => ({ coding: [{ system: 'urn:c', code }], text: `text of ${code}` });
    const day = (): string => `2024-0${String(1 + random(9))}-1${String(random(9))}`;
    const made: Resource[] = [{ resourceType: 'Practitioner', id: 'd', meta: meta(), name: [{ family: 'Usmonov' }] }];
    for (const id of patients) {
      made.push({
        ...{ resourceType: 'Patient', id, meta: meta(), active: random(2) === 0, birthDate: day() },
        ...{ name: [{ family: one(['Karimov', 'Aliyev']), given: [`G${id}`] }] },
        generalPractitioner: [{ reference: 'Practitioner/d' }],
      });
    }
    for (let n = 0; n < 8; n += 1) {
      made.push({
        ...{ resourceType: 'Encounter', id: `v${String(n)}`, meta: meta(), status: one(['completed', 'in-progress']) },
        subject: { reference: `Patient/${one(patients)}` },
        ...(n > 2 && { partOf: { reference: `Encounter/v${String(random(n))}` } }),
      });
    }
    for (let n = 0; n < 30; n += 1) {
      made.push({
        ...{ resourceType: 'Observation', id: `o${String(n)}`, meta: meta(), status: one(['final', 'preliminary']) },
        code: coded(one(codes)),
        subject: { reference: `Patient/${one(patients)}` },
        encounter: { reference: `Encounter/v${String(random(8))}` },
        effectiveDateTime: day(),
        valueQuantity: { value: random(50), unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
        ...(n > 5 && { hasMember: [{ reference: `Observation/o${String(random(n))}` }] }),
      });
    }
    for (const id of patients) {
      const item = (): object => ({ item: { reference: `Observation/o${String(random(30))}` } });
      made.push({
        ...{ resourceType: 'List', id: `l-${id}`, meta: meta(), status: 'current', mode: 'working' },
        subject: [{ reference: `Patient/${id}` }],
        entry: Array.from({ length: 8 }, item),
      });
    }
    for (let n = 0; n < 3; n += 1) {
      const entry = (): object => ({ reference: `Observation/o${String(random(30))}` });
      made.push({
        ...{ resourceType: 'Composition', id: `c${String(n)}`, meta: meta(), status: 'final', title: 'a document' },
        ...{ type: coded('discharge'), date: day(), author: [{ reference: 'Practitioner/d' }] },
        subject: [{ reference: `Patient/${one(patients)}` }],
        section: [{ title: 'findings', entry: Array.from({ length: 1 + random(2) }, entry) }],
      });
    }
    return made;
  }

  const everything = world();

  function criterionOf(type: string): string {
    const patient = one(patients);
    const common = [`_id=${one(['o1', 'o2', 'v1', 'a', 'b', 'l-a'])}`, '_tag=urn:t|ours', '_tag=theirs'];
    const own: Record<string, string[]> = {
      Patient: [
        ...['name=Karimov', 'birthdate=gt2024-04', 'active=true', 'general-practitioner.name=usmonov'],
        ...codes.map((code) => `_has:Observation:patient:code=${code}`),
        '_has:Encounter:patient:status=completed',
        '_has:Observation:patient:_has:Observation:has-member:status=final',
        ...['_filter=name co ali or birthdate ge 2024-06', '_has:List:subject:item:Observation.code=x1'],
      ],
      Encounter: [
        ...[
          `subject=Patient/${patient}`,
          'status=completed',
          'subject:Patient.name=Aliyev',
          'part-of.status=completed',
        ],
        ...['_has:Observation:encounter:code=x2', 'part-of:missing=true', 'part-of.subject:Patient.active=true'],
        ...['_filter=status eq completed and part-of.status eq completed', '_has:Encounter:part-of:status=completed'],
      ],
      Observation: [
        ...[
          `subject=Patient/${patient}`,
          `code=${one(codes)}`,
          'status=final',
          'date=ge2024-05',
          'value-quantity=gt20',
        ],
        ...['patient.name=Karimov', 'subject:Patient.active=true', 'encounter.status=completed', 'has-member.code=x1'],
        ...[
          'encounter.part-of.status=completed',
          `_list=l-${patient}`,
          'code:not=x1',
          '_has:Observation:has-member:code=x3',
        ],
        `patient.general-practitioner.name=usmonov`,
        ...[`_filter=code eq ${one(codes)}`, '_filter=subject:Patient.active eq true and status eq final'],
        ...['_filter=not (value-quantity gt 20 or has-member.code eq x1)', 'encounter.subject:Patient.name=Karimov'],
      ],
      List: [
        `subject=Patient/${patient}`,
        'item:Observation.code=x1',
        'subject:Patient.name=Karimov',
        'status=current',
      ],
    };
    return one([...common, ...own[type]!, ...own[type]!]);
  }

  function searchOf(type: string): string {
    const parts = [criterionOf(type)];
    if (random(2) === 0) parts.push(criterionOf(type));
    if (random(2) === 0) parts.push(one(includes[type]!));
    if (random(2) === 0) parts.push(`_sort=${one(orders[type]!)}`);
    parts.push(one(['_total=accurate', '_total=accurate', '_summary=count', '_total=none']));
    if (random(2) === 0) parts.push(`_count=${String(1 + random(4))}`);
    if (random(6) === 0) parts.push(one(['_summary=true', '_elements=status,subject', '_format=xml']));
    return parts.join('&');
  }

  function changesOf(type: string): string[] {
    return [
      ...['/$changes', `/$changes?_count=${String(1 + random(9))}`, `/$changes?_type=${type}&_count=3`],
      ...[`/$changes?patient=${one(patients)}&_count=${String(1 + random(9))}`, '/$changes?after=now'],
      `/$changes?_type=${type},Composition&patient=Patient/${one(patients)}`,
    ];
  }

  function question(): string {
    const type = one(types);
    const { resourceType, id } = one(everything);
    const place = `/${resourceType}/${id}`;
    switch (random(13)) {
      case 12:
        return one(changesOf(type));
      case 11:
        return one([
          ...[
            `/Composition/c${String(random(3))}/$document`,
            '/Composition?_include=Composition:entry&_total=accurate',
          ],
          ...[`${place}/$explain-access`, `${place}/$explain-access?interaction=search`],
          `/Composition?entry:Observation.code=${one(codes)}&_total=accurate`,
        ]);
      case 0:
        return `/Patient/${one(['', `${one(patients)}/`])}$everything?_count=${String(5 + random(30))}`;
      case 1:
        return `/Encounter/v${String(random(8))}/$everything`;
      case 2:
        return one([`${place}/$meta`, `/${type}/$meta`, '/$meta']);
      case 3:
        return `${place}/$validate`;
      case 4:
        return one([`${place}/_history`, `/${type}/_history?_count=3`, '/_history?_count=7', `${place}/_history/1`]);
      case 5:
        return `/Patient/${one(patients)}/${one(['Observation', 'Encounter', '*'])}?_total=accurate`;
      case 6:
        return one([
          `/?_type=Observation,Encounter&_tag=urn:t|ours&_sort=_id&_total=accurate`,
          `/?_type=${type},List&_id=${id}&_total=accurate`,
          `${place}?_elements=status`,
        ]);
      default:
        return `/${type}?${searchOf(type)}`;
    }
  }

  return { everything, question, criterionOf };
}
