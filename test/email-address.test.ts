import { domainToASCII, domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalEmail, canonicalEmailPrefix, deliveryAddress } from '../src/accounts/users/email-address.ts';
import { composeMail } from '../src/mailer/smtp.ts';
import { anyCharacter } from './any-character.ts';
import { times } from './depth.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

const atomCharacter = fc.constantFrom(..."abcxyz0189!#$%&'*+/=?^_`{|}~-äñжλ中あ");
const atom = fc.string({ unit: atomCharacter, minLength: 1, maxLength: 8 });
const local = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'));
const edge = fc.constantFrom(...'abcxyz019äñжλ中');
const inner = fc.string({ unit: fc.constantFrom(...'abcxyz019-äñжλ中'), maxLength: 8 });
const label = fc.tuple(edge, inner, edge).map((letters) => letters.join(''));
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('com', 'example', 'рф', 'xn--p1ai', '中国'))
  .map(([labels, top]) => [...labels, top].join('.'));
// `=?` begins an encoded word, which is no address.
const address = fc
  .tuple(local, domain)
  .map((parts) => parts.join('@'))
  .filter((text) => !text.includes('=?'));

const isAddress = (text: string): boolean => canonicalEmail(text) !== undefined;

const partsOf = (text: string): [string, string] => {
  const at = text.lastIndexOf('@');
  return [text.slice(0, at), text.slice(at + 1)];
};

// U+FF01 to U+FF5E are the full-width forms of ASCII; the full stop has two more.
const fullWidth = (text: string): string =>
  text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
const capitals = (text: string): string => text.replace(/[a-zäñж]/g, (letter) => letter.toUpperCase());

/** Every spelling of an address that UTS 46 and NFC make one of. */
const spellingsOf = (text: string): string[] => {
  const [local, domain] = partsOf(text);
  const domains = [
    ...[domain, domainToASCII(domain), domainToUnicode(domain), domain.normalize('NFD'), fullWidth(domain)],
    ...[capitals(domain), domainToASCII(domain).toUpperCase(), domain.replaceAll('.', '\u3002')],
    ...[domain.replaceAll('.', '\uff61'), domain.replace('.', '\u00ad.'), `${domain} `],
  ];
  return [local, local.normalize('NFD'), capitals(local)].flatMap((one) => domains.map((other) => `${one}@${other}`));
};

const ORDINARY = 'ada.lovelace@mail.example.com';
const LETTERS_A_TRY = 100_000;

const msFor = (text: string): number => {
  const started = performance.now();
  for (let read = 0; read < LETTERS_A_TRY; read += text.length) canonicalEmail(text);
  return performance.now() - started;
};

/**
 * How many times as long a letter of a text takes as one of an ordinary address. Nothing counts the steps of a regular
 * expression, and a Worker is not told what CPU it has used. So as many letters of both are read in turn, a long text once
 * where a short one is read often, and the quickest of several tries counts: a machine that is busy slows both, and not
 * each time.
 */
const slownessOf = (text: string): number => {
  const tries = Array.from({ length: 5 }, () => ({ text: msFor(text), ordinary: msFor(ORDINARY) }));
  return Math.min(...tries.map((one) => one.text)) / Math.min(...tries.map((one) => one.ordinary));
};

// What separates, quotes or ends in a header, in SMTP, in a list of recipients or on a line, or in a URL.
const INJECTIONS = [...'"(),:;<>@[\\] \t\r\n\0\v\f\u0085\u00a0\u2028\u2029\u202e\u{e0001}\ud800'];
// What nobody sees and UTS 46 drops.
const UNSEEN = [...'\u200b\ufeff\u00ad'];

describe('an e-mail address', () => {
  it('of letters, digits and the signs of RFC 5322 is one, in any script', () => {
    fc.assert(fc.property(address, (text) => isAddress(text)));
  });

  it.each([
    'a@b.co',
    'ada+tag@example.com',
    "o'hara@example.com",
    'first.last@sub.domain.example',
    'a@xn--bcher-kva.example',
    'ärger@bücher.example',
    '用户@例子.中国',
    '1@1.example',
    'a@1e100.net',
    'a@r3---sn.example',
    'a@xn--n3h.example',
    'a@\u2603.example',
    // Joiners after a virama and between letters of Arabic, also at the end of a label (RFC 5892, appendix A.1 and A.2).
    'a@क्\u200dष.example',
    'a@क्\u200cष.example',
    'a@ശ്രീമാന്\u200d.example',
    'a@ශ්\u200dරී.example',
    'a@نامه\u200cای.example',
    // The middle dot between two l, keraia, geresh, gershayim and the katakana middle dot (A.3 to A.7).
    'a@paral·lel.cat',
    'a@α͵β.example',
    'a@א׳ב.example',
    'a@א״ב.example',
    'a@日本・語.example',
  ])('may be %s', (text) => expect(isAddress(text)).toBe(true));

  it.each([
    '',
    '@',
    'a',
    'a@',
    '@b.co',
    'a@b',
    'a@b.',
    'a@.co',
    'a@b..co',
    'a@-b.co',
    'a@b-.co',
    'a@b_c.co',
    '.a@b.co',
    'a.@b.co',
    'a..b@b.co',
    'a@b@c.co',
    'a b@c.co',
    '"a b"@c.co',
    'a(comment)@b.co',
    'Ada <a@b.co>',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@b.co.',
    'a@b,c.co',
    'a@b.co,c@d.co',
    'a@b.co;c@d.co',
    'a@b.co\nBcc: c@d.co',
    'a@b.co%0ABcc:c@d.co',
    'mailto:a@b.co',
    'a@b/c.co',
    'a@b.co?bcc=c@d.co',
    '=?utf-8?q?a?=@b.co',
    // What the parser of URLs would take for a domain, or make one of.
    'a@b.co\u3002',
    'a@b%41.co',
    'a@b\uff0541.co',
    'a@b\uff3fc.co',
    'a@b\uff0fc.co',
    'a@b\tc.co',
    'a@b.co:25',
    'a@b.co/c',
    'a@b.co#c',
    'a@[::1]',
    'a@\uff11.2.3.4',
    'a@0x7f.1',
    'a@b.0x1',
    'a@b.1',
    'a@b\u3002\u3002co',
    'a@\u00ad.co',
    'a\uff20b.co',
    // A-labels that decode to nothing, to what is no label, or to another spelling of one.
    'a@xn--.co',
    'a@xn--0.co',
    'a@xn--b-.co',
    'a@xn--bcher-.co',
    'a@xn--u-ccb.co',
    'a@-ü.co',
    'a@ü-.co',
    'a@xn----dha.co',
    'a@\u0301b.co',
    // Joiners where nothing is joined, and letters of two directions in one label.
    'a@ab\u200dc.co',
    'a@ab\u200cc.co',
    'a@אבa.co',
    'a@1אב.co',
    // Greek's question mark is a semicolon in NFC.
    'a\u037eb@c.co',
    'a@b\u037ec.co',
  ])('is not %j', (text) => expect(canonicalEmail(text)).toBeUndefined());

  // ASVS 1.3.11
  // Threat injection
  it('holds nothing that injects, wherever it stands', () => {
    fc.assert(
      fc.property(address, fc.constantFrom(...INJECTIONS), fc.nat(), (text, injection, place) => {
        // White space around an address is none of it, and this may be the end of its domain.
        const at = place % text.length;
        const injected = `${text.slice(0, at)}${injection}${text.slice(at)}`;
        fc.pre(injected.trim() !== text);
        expect(canonicalEmail(injected), JSON.stringify(injected)).toBeUndefined();
      }),
    );
  });

  it('holds nothing that nobody sees: in the local part it is refused, in the domain UTS 46 drops it', () => {
    fc.assert(
      fc.property(address, fc.constantFrom(...UNSEEN), fc.nat(), (text, unseen, place) => {
        const [local, domain] = partsOf(text);
        const [inLocal, inDomain] = [1 + (place % local.length), place % domain.length];
        expect(canonicalEmail(`${text.slice(0, inLocal)}${unseen}${text.slice(inLocal)}`)).toBeUndefined();
        const spelling = `${local}@${domain.slice(0, inDomain)}${unseen}${domain.slice(inDomain)}`;
        expect(canonicalEmail(spelling)).toBe(canonicalEmail(text));
      }),
    );
  });

  it('may be any text at all: whatever is taken fits into one header, and nothing throws', () => {
    const piece = fc.oneof(
      fc.constantFrom('@', '.', 'a', 'example.com', '"', '\r\n', 'xn--'),
      fc.string({ unit: anyCharacter }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = canonicalEmail(pieces.join(''));
        if (text === undefined) return;
        expect(text).toMatch(/^[^\s@<>"(),:;[\]\\\p{C}]+@[^\s@<>"(),:;[\]\\\p{Cc}\p{Cs}\p{Co}\p{Cn}]+$/u);
        expect(bytes(text)).toBeLessThanOrEqual(254);
        expect(bytes(deliveryAddress(text))).toBeLessThanOrEqual(254);
      }),
    );
  });

  it('has at most 254 bytes, 64 of them before the sign and 63 in a label', () => {
    const labels = (last: number) => `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(last)}`;
    expect(isAddress(`${'a'.repeat(64)}@b.co`)).toBe(true);
    expect(isAddress(`${'a'.repeat(65)}@b.co`)).toBe(false);
    expect(isAddress(`${'ä'.repeat(32)}@b.co`)).toBe(true);
    expect(isAddress(`${'ä'.repeat(33)}@b.co`)).toBe(false);
    expect(isAddress(`a@${'b'.repeat(63)}.co`)).toBe(true);
    expect(isAddress(`a@${'b'.repeat(64)}.co`)).toBe(false);
    // A label has 63 as it travels, which is more or less than it has in letters.
    expect(isAddress(`a@${'ü'.repeat(57)}.co`)).toBe(true);
    expect(isAddress(`a@${'ü'.repeat(60)}.co`)).toBe(false);
    const longest = `${'a'.repeat(64)}@${labels(61)}`;
    expect([bytes(longest), isAddress(longest)]).toEqual([254, true]);
    expect(isAddress(`${'a'.repeat(64)}@${labels(62)}`)).toBe(false);
    expect(isAddress(`${'a'.repeat(64)}@ü.${labels(60)}`)).toBe(false);
  });

  // ASVS 1.3.12, 15.2.2
  it('is not looked at where it is longer than any spelling of one', () => {
    expect(isAddress('a@b.co'.padEnd(1000))).toBe(true);
    // Of a text that has a length and nothing else whoever reads more fails.
    expect(isAddress({ length: 1001 } as unknown as string)).toBe(false);
  });

  // ASVS 1.3.12, 15.2.2
  it.each(
    [
      ...[`${'a.'.repeat(10_000)}@b.co`, `a@${'b-'.repeat(10_000)}`, `a@${'b.'.repeat(10_000)}`],
      ...[`a${' '.repeat(20_000)}@b.co`, `a${' '.repeat(900)}@b.co`, `a@${'b-'.repeat(450)}`, `a@${'b.'.repeat(450)}`],
      ...[`a@${'-'.repeat(240)}.co`, `a@b${'-'.repeat(61)}.co`, `${'a'.repeat(63)}.@b.co`],
      ...['\u0301', '日', '\u30fb', '\u200d', '㍿', 'ü.', '\u3002'].map((c) => `a@${c.repeat(900 / c.length)}.co`),
    ].map((text) => [`${text.length} of ${JSON.stringify(text.slice(0, 6))}`, text] as const),
  )('takes by its length about as long as any other, however it was made to take long: %s', (_, hostile) => {
    expect(isAddress(hostile)).toBe(false);
    expect(slownessOf(hostile)).toBeLessThan(10);
  });
});

describe('the canonical form of an address', () => {
  it('is trimmed, and lower-cased as Unicode and UTS 46 do', () => {
    expect(canonicalEmail('  Ada@EXAMPLE.com\n')).toBe('ada@example.com');
    expect(canonicalEmail('ÄRGER@BÜCHER.example')).toBe('ärger@bücher.example');
    expect(canonicalEmail('ЖУК@ПОЧТА.рф')).toBe('жук@почта.рф');
    expect(canonicalEmail('ΟΔΟΣ@example.com')).toBe('οδος@example.com');
    // A final sigma, as a sharp s, is a letter of its own in the name of a host.
    expect(canonicalEmail('a@ΟΔΟΣ.example')).toBe('a@οδοσ.example');
    expect(canonicalEmail('a@οδος.example')).toBe('a@οδος.example');
    expect(canonicalEmail('a@STRAẞE.example')).toBe('a@straße.example');
    expect(canonicalEmail('a@strasse.example')).toBe('a@strasse.example');
  });

  it.each([
    'ida@bücher.example',
    'ida@BÜCHER.EXAMPLE',
    'ida@xn--bcher-kva.example',
    'ida@XN--BCHER-KVA.example',
    'ida@bu\u0308cher.example',
    'ida@ｂüｃｈｅｒ．ｅｘａｍｐｌｅ',
    'ida@bücher。example',
    'ida@bücher｡example',
    'ida@ｘｎ－－ｂｃｈｅｒ－ｋｖａ.example',
    'ida@bü\u00adcher.example',
    ' Ida@Bücher.example\u3000',
  ])('of %j is that of the same mailbox', (spelling) => {
    expect(canonicalEmail(spelling)).toBe('ida@bücher.example');
  });

  // ASVS 1.1.1
  it('is one for every spelling, its own, and in NFC', () => {
    fc.assert(
      fc.property(address, (text) => {
        const form = canonicalEmail(text);
        expect(form).toBe(form?.normalize('NFC'));
        for (const spelling of spellingsOf(text)) expect(canonicalEmail(spelling), JSON.stringify(spelling)).toBe(form);
        for (const spelling of spellingsOf(form ?? '')) expect(canonicalEmail(spelling)).toBe(form);
      }),
      { numRuns: times(100, 5000) },
    );
  });

  it('is its own whatever was sent, in both forms of its domain, and no server refuses it', async () => {
    const letter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
    const piece = fc.oneof(
      fc.constantFrom(
        ...['.', '-', 'xn--', 'ü', 'ا', '\u200c', '\u200d', '·', 'l', '\u0301', '\u3002', 'ß', 'Σ', '１', '%41', '=?'],
      ),
      fc.string({ unit: anyCharacter, maxLength: 3 }),
      letter,
    );
    const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(text, text, fc.constantFrom('co', 'xn--p1ai', 'рф'), async (local, label, top) => {
        for (const spelling of [`a@${label}.${top}`, `${local}@example.com`, `${local}@${label}.${top}`]) {
          const form = canonicalEmail(spelling);
          if (form === undefined) continue;
          const [user, host] = partsOf(form);
          expect(canonicalEmail(form)).toBe(form);
          expect(canonicalEmail(`${user}@${domainToASCII(host)}`)).toBe(form);
          expect(canonicalEmail(spelling.normalize('NFD'))).toBe(form);
          const mail = { to: deliveryAddress(form), subject: '', text: '', html: '', language: 'en' };
          const settings = { APP_NAME: 'A', MAIL_FROM: 'a@b.co', SMTP_HOST: '', SMTP_PORT: '', SMTP_USERNAME: '' };
          const [to = ''] = (await composeMail(settings, mail, '1.2')).envelope.to;
          expect(canonicalEmail(to)).toBe(form);
        }
      }),
      { numRuns: times(300, 20_000) },
    );
  });

  it('keeps two mailboxes two: nothing is folded in a local part but capitals and the order of accents', () => {
    const mailboxes = [
      'ada',
      'a.da',
      'ada+tag',
      'àda',
      'ａda',
      'adª',
      'аda',
      'aⅾa',
      'ada\ufe0e',
      'ﬁ',
      'fi',
      'ß',
      'ss',
      'ς',
      'σ',
    ];
    const forms = mailboxes.map((local) => canonicalEmail(`${local}@example.com`));
    expect(new Set(forms).size).toBe(mailboxes.length);
    const hosts = [
      'strasse',
      'straße',
      'bucher',
      'bücher',
      'buecher',
      'ii',
      'ıı',
      'lll',
      'l·l',
      'οδος',
      'οδοσ',
      'क्ष',
      'क्\u200dष',
      'क्\u200cष',
    ];
    expect(new Set(hosts.map((host) => canonicalEmail(`a@${host}.example`))).size).toBe(hosts.length);
  });

  it('shows a domain in letters, and in ASCII where it has a sign that may mislead', () => {
    expect(canonicalEmail('a@xn--parallel-koa.cat')).toBe('a@paral·lel.cat');
    expect(canonicalEmail('a@xn--mgba3gch31f060k.example')).toBe('a@نامه\u200cای.example');
    for (const host of ['☃', '½', 'a·b', '・', '͵a', '≠', '᠆a'])
      expect(canonicalEmail(`a@${host}.example`), host).toMatch(/^a@xn--[a-z0-9-]+\.example$/);
  });
});

describe('the address that a mail is sent to', () => {
  it('has the A-label of its domain where the local part is ASCII, and stays as it is where it is not', () => {
    expect(deliveryAddress('ida@bücher.example')).toBe('ida@xn--bcher-kva.example');
    expect(deliveryAddress('ida@paral·lel.cat')).toBe('ida@xn--parallel-koa.cat');
    expect(deliveryAddress('ida@example.com')).toBe('ida@example.com');
    expect(deliveryAddress('жук@почта.рф')).toBe('жук@почта.рф');
  });

  it.each(['', '@', 'a', '0-', '@bücher.example', 'a@b/c.co', 'a@b%41.co', 'a@0x7f.1', 'a@b@bücher.example@'])(
    'is not made of what is none: %j',
    (text) => expect(deliveryAddress(text)).toBe(text),
  );
});

describe('the beginning of an address', () => {
  it.each([
    ['', ''],
    ['Ida', 'ida'],
    ['Zoe\u0308', 'zoë'],
    ['ida@', 'ida@'],
    ['ida@B', 'ida@b'],
    ['ida@xn--bcher-kva', 'ida@bücher'],
    ['ida@xn--bcher-kva.', 'ida@bücher.'],
    ['ida@XN--bcher-kva.ex', 'ida@bücher.ex'],
    ['ida@bu\u0308ch', 'ida@büch'],
    ['ida@ｂüｃｈ', 'ida@büch'],
    ['ida@r3-', 'ida@r3-'],
    ['ida@12.3', 'ida@12.3'],
    ['ida@a_b%', 'ida@a_b%'],
  ])('%j is %j', (text, prefix) => expect(canonicalEmailPrefix(text)).toBe(prefix));

  it('in any spelling is the beginning of the canonical form', () => {
    fc.assert(
      fc.property(address, (text) => {
        const form = canonicalEmail(text);
        for (const spelling of spellingsOf(text)) expect(canonicalEmailPrefix(spelling)).toBe(form);
        const letters = [...(form ?? '')];
        for (let length = 1; length < letters.length; length += 1) {
          const prefix = letters.slice(0, length).join('');
          if (!prefix.includes('xn--')) expect(form?.startsWith(canonicalEmailPrefix(prefix)), prefix).toBe(true);
        }
      }),
    );
  });
});
