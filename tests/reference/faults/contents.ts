import { inMember, inObject, without, type Fault, type Faults } from './fault.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

const div = (change: (text: string) => string): Fault =>
  inMember((object, name, { type }) => {
    const text = object[name];
    if (type !== 'xhtml' || !isText(text)) return undefined;
    const made = change(text);
    return made === text ? undefined : { ...object, [name]: made };
  });

const inside = (markup: string): Fault => div((text) => text.replace(/<\/div>\s*$/, `${markup}</div>`));

/** Faults of narratives, attachments and signatures. */
export const contentFaults: Faults = {
  'narrative without content': div(() => '<div xmlns="http://www.w3.org/1999/xhtml"></div>'),
  'narrative of spaces': div(() => '<div xmlns="http://www.w3.org/1999/xhtml">  </div>'),
  'narrative without a namespace': div((text) => text.replace(/ xmlns="[^"]*"/, '')),
  'narrative in another namespace': div((text) => text.replace(/xmlns="[^"]*"/, 'xmlns="http://example.org"')),
  'narrative that is a paragraph': div((text) => text.replace(/^<div/, '<p').replace(/<\/div>\s*$/, '</p>')),
  'narrative with an event': inside('<p onclick="x()">x</p>'),
  'narrative with a form': inside('<form><input type="text"/></form>'),
  'narrative with an unknown element': inside('<nosuch>x</nosuch>'),
  'narrative with an entity': inside('<p>&eacute; &nosuch;</p>'),
  'narrative with an ampersand': inside('<p>a & b</p>'),
  'narrative with an image from elsewhere': inside('<img src="http://example.org/x.png" alt="x"/>'),
  'narrative with an image that is not contained': inside('<img src="#nosuch" alt="x"/>'),
  'narrative with a link to a script': inside('<a href="javascript:x()">x</a>'),
  'narrative with a link to an anchor that is not there': inside('<a href="#nosuch">x</a>'),
  'narrative with a link by a scheme that nobody has': inside('<a href="nosuch:x">x</a>'),
  'narrative with an id twice': inside('<p id="same">x</p><p id="same">y</p>'),
  'narrative with a paragraph in a paragraph': inside('<p>x<p>y</p></p>'),
  'narrative with a style sheet': inside('<style>p {}</style>'),
  'narrative with an instruction': inside('<?x y?>'),
  'narrative with a document type': div((text) => `<!DOCTYPE html>${text}`),
  'narrative with an attribute without quotes': inside('<p class=x>x</p>'),
  'narrative that stands in no order': inside('<b><i>x</b></i>'),
  'narrative with a class of a language that is none': inside('<p lang="nolanguage-xx">x</p>'),
  'narrative without a status': inObject('Narrative', (text) => without(text, 'status')),
  'narrative without a div': inObject('Narrative', (text) => without(text, 'div')),
  'attachment of the wrong size': inObject('Attachment', (one) => ({
    ...one,
    data: 'TWFu',
    contentType: 'text/plain',
    size: '7',
  })),
  'attachment of the wrong hash': inObject('Attachment', (one) => ({
    ...one,
    data: 'TWFu',
    contentType: 'text/plain',
    hash: 'MDEyMzQ1Njc4OTAxMjM0NTY3ODk=',
  })),
  'attachment without a type': inObject('Attachment', (one) => ({ ...without(one, 'contentType'), data: 'TWFu' })),
  'attachment of a bad type': inObject('Attachment', (one) => ({ ...one, contentType: 'text' })),
  'attachment of a relative address': inObject('Attachment', (one) => ({ ...one, url: 'Binary/1' })),
  'attachment of nothing': inObject('Attachment', () => ({ title: 'x' })),
  'signature without a type': inObject('Signature', (one) => without(one, 'type')),
  'signature with bad data': inObject('Signature', (one) => ({ ...one, data: 'x', sigFormat: 'application/jose' })),
  'signature without who': inObject('Signature', (one) => without(one, 'who')),
};
