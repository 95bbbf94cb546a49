import { env } from 'cloudflare:workers';
import { Buffer } from 'node:buffer';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseUnavailable } from '../drizzle/binding.ts';
import { database } from '../drizzle/client.ts';
import {
  avatarTag,
  discardAvatar,
  eraseAvatars,
  findAvatar,
  removeOrphanedAvatars,
  storeAvatar,
} from '../src/accounts/profile/avatar.ts';
import { AVATAR_MAX_BYTES } from '../src/accounts/profile/avatar-image.ts';
import { readPicture } from '../src/accounts/profile/picture.ts';
import { updateProfile } from '../src/accounts/profile/profile.ts';
import { Unavailable } from '../src/accounts/unavailable.ts';
import { runSchedule } from '../src/api/cron.ts';
import { type Account, type Answer, type Call, call, callerOf, failing, newAccount, ORIGIN, rows } from './client.ts';
import { HOUR, MINUTE } from './clock.ts';
import { bytesOf, chunksOf, claiming, colourAt, joined, paddedTo, picture, pixelsOf, textOf } from './picture.ts';
import { tripsOf } from './trips.ts';

const ME = '/api/v1/users/me';
const AVATAR = `${ME}/avatar`;
const KEY = /^[1-9]\d*\/[\w-]{22}\.webp$/;

type Parts = Record<string, string>;

const upload = ({ token }: Account, file: Uint8Array<ArrayBuffer>, parts: Parts = {}, options: Call = {}) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.set(name, value);
  form.set('avatar', new File([file], 'holiday.jpg', { type: 'image/jpeg' }));
  return call('PATCH', ME, { token, body: form, ...options });
};

const rowOf = async ({ id }: Account) => (await rows('SELECT * FROM users WHERE id = ?', id))[0];

const keysOf = async ({ id }: Account): Promise<string[]> =>
  (await env.AVATARS.list({ prefix: `${id}/` })).objects.map(({ key }) => key);

const pathOf = (answer: Answer): string => new URL(answer.body.avatar_url).pathname;

/** The bytes that are shown to everybody. */
const served = async (path: string): Promise<Uint8Array<ArrayBuffer>> => (await call('GET', path)).bytes;

/** A binding of which some methods are others. */
const withMethods = <Binding extends object>(binding: Binding, methods: Partial<Binding>): Binding =>
  new Proxy(binding, {
    get: (target, name) => {
      if (name in methods) return Reflect.get(methods, name);
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const imagesThatFail = {
  input: () => ({
    transform: () => ({ output: () => Promise.reject(new Error('IMAGES_TRANSFORM_ERROR 9522: busy')) }),
  }),
} as unknown as ImagesBinding;

const refuses = (message: string) => () => Promise.reject(new Error(message));

/** The bucket, where something happens after the picture has been put and before the row is written. */
const bucketThatLets = (happen: () => Promise<unknown>): R2Bucket =>
  withMethods(env.AVATARS, {
    put: (async (key: string, value: ArrayBuffer) => {
      const object = await env.AVATARS.put(key, value);
      await happen();
      return object;
    }) as unknown as R2Bucket['put'],
  });

const sql = (statement: string, ...values: unknown[]) =>
  env.DB.prepare(statement)
    .bind(...values)
    .run();

let account: Account;

beforeAll(async () => {
  account = await newAccount();
});

beforeEach(async () => {
  await eraseAvatars(env.AVATARS, account.id);
  await sql("UPDATE users SET full_name = 'Ada', avatar_key = NULL, updated_at = 1 WHERE id = ?", account.id);
});

afterEach(() => vi.restoreAllMocks());

describe('an upload', () => {
  // ASVS 5.3.2, 11.5.1
  it('gives the account a picture at a fresh address that nobody can guess', async () => {
    const answer = await upload(account, picture('columns.png'), { full_name: 'Grace' });
    expect(answer.status).toBe(200);
    const { avatar_key: key } = await rowOf(account);
    expect(key).toMatch(KEY);
    expect(key.startsWith(`${account.id}/`)).toBe(true);
    expect(answer.body).toMatchObject({ full_name: 'Grace', avatar_url: `${ORIGIN}/avatars/${key}` });
    expect((await call('GET', ME, { token: account.token })).body).toEqual(answer.body);
    expect(await keysOf(account)).toEqual([key]);
  });

  // ASVS 5.2.4
  it('takes the place of the picture before it, which is gone when the answer arrives', async () => {
    const first = await upload(account, picture('columns.png'));
    const second = await upload(account, picture('held-1.jpg'));
    expect(pathOf(second)).not.toBe(pathOf(first));
    expect(await keysOf(account)).toEqual([pathOf(second).replace('/avatars/', '')]);
    expect((await call('GET', pathOf(first))).status).toBe(404);
    expect((await call('GET', pathOf(second))).status).toBe(200);
  });

  // ASVS 5.2.2
  it('is told by its bytes, whatever its name and declared type', async () => {
    for (const [name, type] of [
      ['../../etc/passwd', 'text/html'],
      ['picture.svg', 'image/svg+xml'],
      ['.exe', ''],
      ['x'.repeat(1000), 'application/octet-stream'],
    ]) {
      const form = new FormData();
      form.set('avatar', new File([picture('lossless.webp')], name ?? '', { type: type ?? '' }));
      const answer = await call('PATCH', ME, { token: account.token, body: form });
      expect([answer.status, (await rowOf(account)).avatar_key]).toEqual([200, expect.stringMatching(KEY)]);
    }
  });

  it.each([
    ['a GIF', picture('animated.gif'), 'INVALID_FILE_TYPE'],
    ['an AVIF', picture('corners.avif'), 'INVALID_FILE_TYPE'],
    ['an SVG', bytesOf('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 'INVALID_FILE_TYPE'],
    ['a PDF', bytesOf('%PDF-1.7\n1 0 obj'), 'INVALID_FILE_TYPE'],
    ['a page', bytesOf('<!doctype html><script>alert(1)</script>'), 'INVALID_FILE_TYPE'],
    ['nothing, with a name', new Uint8Array(), 'INVALID_FILE_TYPE'],
    ['a page that begins as a PNG', joined(picture('columns.png').subarray(0, 8), bytesOf('<html>')), 'INVALID_IMAGE'],
    ['half a JPEG', picture('held-1.jpg').subarray(0, 900), 'INVALID_IMAGE'],
    ['half a PNG', picture('columns.png').subarray(0, 100), 'INVALID_IMAGE'],
    ['half a WebP', picture('lossy.webp').subarray(0, 80), 'INVALID_IMAGE'],
    ['a few bytes that claim 900 megapixels', claiming(30_000, 30_000), 'INVALID_IMAGE'],
    [
      'a PNG whose data is none',
      joined(picture('columns.png').slice(0, 110).fill(7, 95), picture('columns.png').subarray(110)),
      'INVALID_IMAGE',
    ],
  ] as [string, Uint8Array<ArrayBuffer>, string][])(
    'is refused and leaves everything as it was: %s',
    async (_, file, code) => {
      await upload(account, picture('columns.png'));
      const before = await rowOf(account);
      const answer = await upload(account, new Uint8Array(file), { full_name: 'Grace' });
      expect([answer.status, answer.body.code]).toEqual([400, code]);
      expect(answer.text).not.toMatch(/sharp|IMAGES|miniflare|decode error|pngload/i);
      expect(await rowOf(account)).toEqual(before);
      expect(await keysOf(account)).toEqual([before.avatar_key]);
      expect((await call('GET', `/avatars/${before.avatar_key}`)).status).toBe(200);
    },
  );

  it.each([
    ['that cannot be decoded', picture('columns.png').subarray(0, 100), 'The avatar cannot be decoded.'],
    ['of 50,005,000 pixels', claiming(10_001, 5000), 'The avatar has more than 50 megapixels.'],
    ['of 12,001 pixels a side', claiming(12_001, 1), 'The avatar has a side of more than 12,000 pixels.'],
  ] as [string, Uint8Array<ArrayBuffer>, string][])('%s is refused with that reason', async (_, file, message) => {
    const answer = await upload(account, new Uint8Array(file));
    expect([answer.status, answer.body.code, answer.body.message]).toEqual([400, 'INVALID_IMAGE', message]);
  });

  it('is refused together with a field that is wrong, before a decoder has seen it', async () => {
    const input = vi.spyOn(env.IMAGES, 'input');
    const answer = await upload(account, picture('columns.png'), { listening_language: 'xx' });
    expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_LANGUAGE_CODE']);
    expect(input).not.toHaveBeenCalled();
    expect(await keysOf(account)).toEqual([]);
    expect(await rowOf(account)).toMatchObject({ avatar_key: null, full_name: 'Ada' });
  });

  it('that is nothing, as a browser sends it when nothing was picked, changes nothing', async () => {
    await upload(account, picture('columns.png'));
    const before = await rowOf(account);
    const part = (head: string) => `--X\r\nContent-Disposition: form-data; name="avatar"${head}\r\n\r\n\r\n--X--\r\n`;
    for (const body of [part('; filename=""\r\nContent-Type: application/octet-stream'), part('')]) {
      const headers = { 'Content-Type': 'multipart/form-data; boundary=X' };
      const answer = await call('PATCH', ME, { token: account.token, body, headers });
      expect([answer.status, answer.body.avatar_url]).toEqual([200, `${ORIGIN}/avatars/${before.avatar_key}`]);
    }
    expect(await rowOf(account)).toEqual(before);
  });

  // ASVS 5.2.2
  // Threat hostile-picture
  it('of a polyglot is only the picture', async () => {
    const polyglot = joined(picture('held-1.jpg'), bytesOf('<html><script>alert(document.domain)</script>'));
    const bytes = await served(pathOf(await upload(account, polyglot)));
    expect(textOf(bytes)).not.toMatch(/script|html/);
    expect(readPicture(bytes)?.bytes).toEqual(bytes);
  });

  // ASVS 14.2.8
  it('tells neither where nor with what it was taken', async () => {
    for (const told of ['Telltale', 'Secret Lane 7']) expect(textOf(picture('held-6.jpg'))).toContain(told);
    const bytes = await served(pathOf(await upload(account, picture('held-6.jpg'))));
    expect(textOf(bytes)).not.toMatch(/Telltale|Snitch|Photographer|Secret|Exif|EXIF|XMP/);
    for (const { type } of chunksOf(bytes)) expect(['VP8 ', 'VP8L', 'VP8X', 'ALPH']).toContain(type);
  });

  it('asks for a bearer token before it reads the file', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const headers = { 'Content-Type': 'multipart/form-data; boundary=X' };
    expect((await call('PATCH', ME, { body, headers })).status).toBe(401);
    expect(pulled).toBeLessThan(5);
  });
});

describe('the size of an upload', () => {
  /** A form as it goes over the wire, in pieces, and how much of it was taken. */
  const chunked = (file: Uint8Array, end = '\r\n--X--\r\n') => {
    const head = '--X\r\nContent-Disposition: form-data; name="avatar"; filename="a.jpg"\r\n\r\n';
    const bytes = joined(bytesOf(head), file, bytesOf(end));
    const taken = { bytes: 0 };
    const body = new ReadableStream({
      pull: (controller) => {
        const piece = bytes.subarray(taken.bytes, taken.bytes + 16_384);
        if (piece.length === 0) return controller.close();
        taken.bytes += piece.length;
        controller.enqueue(piece);
      },
    });
    return {
      taken,
      sent: { token: account.token, body, headers: { 'Content-Type': 'multipart/form-data; boundary=X' } },
    };
  };

  it('may be exactly 5 MB', async () => {
    const file = paddedTo(5 * 1024 * 1024);
    expect(file).toHaveLength(AVATAR_MAX_BYTES);
    expect((await upload(account, file)).status).toBe(200);
    expect((await call('PATCH', ME, chunked(file).sent)).status).toBe(200);
  });

  // ASVS 5.2.1
  it('may not be a byte more, with a length or without', async () => {
    const before = await rowOf(account);
    const file = joined(paddedTo(AVATAR_MAX_BYTES), Uint8Array.of(0));
    for (const answer of [await upload(account, file), await call('PATCH', ME, chunked(file).sent)]) {
      expect([answer.status, answer.body.code]).toEqual([413, 'FILE_TOO_LARGE']);
    }
    expect(await rowOf(account)).toEqual(before);
    expect(await keysOf(account)).toEqual([]);
  });

  // A picture may come in base64, 78 bytes with the end of the line for 57.
  const MOST_OF_A_FORM = (AVATAR_MAX_BYTES / 57) * 78;

  it('is that of the picture, also where it comes in base64', async () => {
    const upTo = (bytes: number): string => {
      const file = new Uint8Array(bytes);
      file.set(new Uint8Array(picture('held-1.jpg')));
      return (
        Buffer.from(file)
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\r\n');
    };
    const send = (content: string): Promise<Answer> => {
      const head =
        'Content-Disposition: form-data; name="avatar"; filename="a.jpg"\r\nContent-Transfer-Encoding: base64';
      const body = `--X\r\n${head}\r\n\r\n${content}\r\n--X--`;
      const headers = { 'Content-Type': 'multipart/form-data; boundary=X' };
      return call('PATCH', ME, { token: account.token, body, headers });
    };
    expect((await send(upTo(AVATAR_MAX_BYTES))).status).toBe(200);
    expect((await send(upTo(AVATAR_MAX_BYTES + 1))).body.code).toBe('FILE_TOO_LARGE');
  });

  // ASVS 5.2.1, 15.2.2
  it('is counted while it is read: of a huge body no more is taken than may be held', async () => {
    const { taken, sent } = chunked(new Uint8Array(20 * 1024 * 1024));
    const answer = await call('PATCH', ME, sent);
    expect([answer.status, answer.body.code]).toEqual([413, 'FILE_TOO_LARGE']);
    expect(taken.bytes).toBeGreaterThan(AVATAR_MAX_BYTES);
    expect(taken.bytes).toBeLessThan(MOST_OF_A_FORM + 256 * 1024);
  });

  it('is believed where it is told and too large: nothing is read', async () => {
    const { taken, sent } = chunked(new Uint8Array(10 * 1024 * 1024));
    const headers = { ...sent.headers, 'Content-Length': String(10 * 1024 * 1024) };
    expect((await call('PATCH', ME, { ...sent, headers })).body.code).toBe('FILE_TOO_LARGE');
    expect(taken.bytes).toBeLessThan(64 * 1024);
  });

  it('is not believed where it is told and wrong', async () => {
    const { taken, sent } = chunked(new Uint8Array(10 * 1024 * 1024));
    const headers = { ...sent.headers, 'Content-Length': '100' };
    expect((await call('PATCH', ME, { ...sent, headers })).body.code).toBe('FILE_TOO_LARGE');
    expect(taken.bytes).toBeLessThan(MOST_OF_A_FORM + 256 * 1024);
  });

  it('makes no other route read a form', async () => {
    for (const [method, path, status] of [
      ['POST', '/api/v1/auth/login', 415],
      ['DELETE', AVATAR, 200],
    ] as const) {
      const { taken, sent } = chunked(new Uint8Array(2 * 1024 * 1024));
      expect((await call(method, path, sent)).status, path).toBe(status);
      expect(taken.bytes, path).toBeLessThan(128 * 1024);
    }
  });
});

describe('an upload of which a part fails', () => {
  const expectUnavailable = (answer: Answer): void => {
    expect([answer.status, answer.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(answer.headers.get('Retry-After')).not.toBeNull();
    expect(answer.text).not.toMatch(/IMAGES|R2|internal/);
  };

  const parts: [string, Partial<Env>][] = [
    ['the Images binding', { IMAGES: imagesThatFail }],
    ['the bucket', { AVATARS: withMethods(env.AVATARS, { put: refuses('put: internal error (10001)') }) }],
  ];

  it.each(parts)('changes nothing, the name neither: %s', async (_, bindings) => {
    await upload(account, picture('columns.png'));
    const before = await rowOf(account);
    expectUnavailable(await upload(account, picture('held-1.jpg'), { full_name: 'Grace' }, { env: bindings }));
    expect(await rowOf(account)).toEqual(before);
    expect(await keysOf(account)).toEqual([before.avatar_key]);
  });

  it('leaves the old picture in place where the row cannot be written, and the new one to the sweep', async () => {
    await upload(account, picture('columns.png'));
    const before = await rowOf(account);
    const webp = new Uint8Array(picture('lossy.webp'));
    await expect(
      updateProfile(database(failing()), env.AVATARS, callerOf(account), { avatar: webp }),
    ).rejects.toThrow();
    expect(await rowOf(account)).toEqual(before);
    // The database may have written without being able to say so, so nothing is taken away.
    expect(await keysOf(account)).toHaveLength(2);
    await removeOrphanedAvatars(database(env.DB), env.AVATARS, 1000, new Date(Date.now() + HOUR + MINUTE));
    expect(await keysOf(account)).toEqual([before.avatar_key]);
  });

  it('is done where only the old picture could not be deleted; the scheduled run deletes it', async () => {
    const first = await upload(account, picture('columns.png'));
    const AVATARS = withMethods(env.AVATARS, { delete: refuses('delete: internal error (10001)') });
    const second = await upload(account, picture('held-1.jpg'), {}, { env: { AVATARS } });
    expect(second.status).toBe(200);
    expect(await keysOf(account)).toHaveLength(2);
    expect((await call('GET', pathOf(first))).status).toBe(404);
    expect((await call('GET', pathOf(second))).status).toBe(200);

    await runSchedule(env, new Date(Date.now() + HOUR / 2));
    expect(await keysOf(account)).toHaveLength(2);
    await runSchedule(env, new Date(Date.now() + HOUR + MINUTE));
    expect(await keysOf(account)).toEqual([pathOf(second).replace('/avatars/', '')]);
  });
});

describe('uploads at the same time', () => {
  it('end with one picture and a row that names it, and each is answered with success', async () => {
    await upload(account, picture('columns.png'));
    const names = Array.from({ length: 8 }, (_, at) => `Name ${at}`);
    const answers = await Promise.all(names.map((full_name) => upload(account, picture('lossy.webp'), { full_name })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const row = await rowOf(account);
    expect(await keysOf(account)).toEqual([row.avatar_key]);
    // Each answer was the row at one moment: its own name beside its own picture.
    expect(answers.map(({ body }) => body.full_name)).toEqual(names);
    expect(new Set(answers.map(({ body }) => body.avatar_url)).size).toBe(names.length);
    const last = answers.find(({ body }) => body.avatar_url.endsWith(row.avatar_key));
    expect(last?.body.full_name).toBe(row.full_name);
  });

  it('leave none behind when a second one overtakes the first between its picture and its row', async () => {
    await upload(account, picture('columns.png'));
    let overtaking: Answer | undefined;
    const AVATARS = bucketThatLets(async () => {
      overtaking = await upload(account, picture('lossy.webp'), { speaking_language: 'de' });
    });
    const answer = await upload(account, picture('held-1.jpg'), { full_name: 'Grace' }, { env: { AVATARS } });
    expect([overtaking?.status, answer.status]).toEqual([200, 200]);
    expect(answer.body).toMatchObject({ full_name: 'Grace', speaking_language: 'de' });
    expect(await keysOf(account)).toEqual([pathOf(answer).replace('/avatars/', '')]);
  });

  it('and a removal end with a row that names what is there', async () => {
    const AVATARS = bucketThatLets(() => call('DELETE', AVATAR, { token: account.token }));
    await upload(account, picture('columns.png'));
    const answer = await upload(account, picture('held-1.jpg'), {}, { env: { AVATARS } });
    expect(answer.status).toBe(200);
    expect(await keysOf(account)).toEqual([(await rowOf(account)).avatar_key]);
  });
});

describe('an account that goes out of use while its upload is under way', () => {
  it.each([
    ['suspended', 'UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', 403, 'ACCOUNT_DEACTIVATED'],
    ['deleted', 'UPDATE users SET is_active = 0, deleted_at = 1 WHERE id = ?', 403, 'ACCOUNT_DELETED'],
    ['erased', 'DELETE FROM users WHERE id = ?', 401, 'INVALID_CREDENTIALS'],
  ])('hears so, and its new picture is gone: %s', async (_, statement, status, code) => {
    const leaver = await newAccount();
    await upload(leaver, picture('columns.png'));
    const keys = await keysOf(leaver);
    const AVATARS = bucketThatLets(() => sql(statement, leaver.id));
    const answer = await upload(leaver, picture('held-1.jpg'), { full_name: 'Grace' }, { env: { AVATARS } });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await keysOf(leaver)).toEqual(keys);
    const row = await rowOf(leaver);
    if (row) expect(row).toMatchObject({ avatar_key: keys[0], full_name: null });
  });
});

describe('removing the picture', () => {
  it('answers the profile without it, and the object is gone', async () => {
    const { body } = await upload(account, picture('columns.png'));
    const answer = await call('DELETE', AVATAR, { token: account.token });
    expect([answer.status, answer.body]).toEqual([200, { ...body, avatar_url: null }]);
    expect(await keysOf(account)).toEqual([]);
    expect((await rowOf(account)).avatar_key).toBeNull();
    expect((await call('GET', new URL(body.avatar_url).pathname)).status).toBe(404);
  });

  it('that is not there is no mistake, and changes nothing', async () => {
    const before = await rowOf(account);
    const answer = await call('DELETE', AVATAR, { token: account.token });
    expect([answer.status, answer.body.avatar_url]).toEqual([200, null]);
    expect(await rowOf(account)).toEqual(before);
  });

  it('is done where the object could not be deleted, and shows it no more', async () => {
    const { body } = await upload(account, picture('columns.png'));
    const AVATARS = withMethods(env.AVATARS, { delete: refuses('delete: internal error (10001)') });
    const answer = await call('DELETE', AVATAR, { token: account.token, env: { AVATARS } });
    expect([answer.status, answer.body.avatar_url]).toEqual([200, null]);
    expect((await call('GET', new URL(body.avatar_url).pathname)).status).toBe(404);
  });
});

describe('storage', () => {
  it('is asked four times for a new picture: who asks, the picture, the row, the old picture', async () => {
    await upload(account, picture('columns.png'));
    const parts = { full_name: 'Grace', speaking_language: 'de' };
    const trips = await tripsOf((bindings) => upload(account, picture('held-1.jpg'), parts, { env: bindings }));
    expect(trips).toEqual(['DB.all', 'AVATARS.put', 'DB.batch', 'AVATARS.delete']);
  });

  it('is asked once to show a picture, row and bucket side by side', async () => {
    const path = pathOf(await upload(account, picture('columns.png')));
    expect(await tripsOf((bindings) => call('GET', path, { env: bindings }))).toEqual(['AVATARS.get + DB.all']);
    const headers = { 'If-None-Match': avatarTag(path.replace('/avatars/', '')) ?? '' };
    expect(await tripsOf((bindings) => call('GET', path, { headers, env: bindings }))).toEqual([
      'AVATARS.head + DB.all',
    ]);
  });
});

describe('a picture', () => {
  let path: string;
  let tag: string;

  beforeEach(async () => {
    path = pathOf(await upload(account, picture('columns.png')));
    tag = (await call('GET', path)).headers.get('ETag') ?? '';
  });

  // ASVS 3.2.1, 3.4.6, 3.5.8, 5.3.1, 5.4.1, 5.4.2
  // Threat hostile-picture
  it('is shown to everybody who knows its address, as a picture and never as a page', async () => {
    const response = await call('GET', path);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/webp',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'content-disposition': 'inline; filename="avatar.webp"',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=300, must-revalidate',
      'accept-ranges': 'none',
      'content-length': String((await served(path)).length),
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    });
    const pixels = await pixelsOf(await served(path));
    expect([pixels.width, pixels.height, colourAt(pixels, 256, 256)]).toEqual([512, 512, 'green']);
  });

  it('is found with the slash of its key encoded too, as a client writes a parameter of a path', async () => {
    const answer = await call('GET', `/avatars/${encodeURIComponent(path.slice('/avatars/'.length))}`);
    expect([answer.status, answer.headers.get('ETag')]).toEqual([200, tag]);
  });

  it('is answered to HEAD as to GET, without its bytes', async () => {
    const [head, get] = [await call('HEAD', path), await call('GET', path)];
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['Content-Type', 'Content-Length', 'ETag', 'Cache-Control', 'Content-Security-Policy']) {
      expect(head.headers.get(name), name).toBe(get.headers.get(name));
    }
  });

  it('is not sent again to who has it', async () => {
    for (const ifNoneMatch of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const answer = await call('GET', path, { headers: { 'If-None-Match': ifNoneMatch } });
      expect([answer.status, answer.text, answer.headers.get('ETag')], ifNoneMatch).toEqual([304, '', tag]);
      expect(answer.headers.get('Cache-Control')).toBe('public, max-age=300, must-revalidate');
    }
    for (const ifNoneMatch of ['"other"', 'nonsense', '', tag.slice(1, -1), '""']) {
      expect((await call('GET', path, { headers: { 'If-None-Match': ifNoneMatch } })).status, ifNoneMatch).toBe(200);
    }
  });

  it('is sent whole, whatever range is asked for', async () => {
    const answer = await call('GET', path, { headers: { Range: 'bytes=0-9' } });
    expect([answer.status, answer.headers.get('Content-Range')]).toEqual([200, null]);
  });

  const expectNotFound = (answer: Answer): void => {
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([404, 'no-store']);
    expect(answer.body).toMatchObject({ status: 'error', status_code: 404, code: 'NOT_FOUND', data: {} });
    expect(answer.headers.get('ETag')).toBeNull();
  };

  it.each([
    ['suspended', 'is_active = 0, deactivated_at = 1', 'is_active = 1, deactivated_at = NULL'],
    ['deleted', 'is_active = 0, deleted_at = 1', 'is_active = 1, deleted_at = NULL'],
  ])('is not shown while its account is %s, also to who has it, and is shown afterwards', async (_, out, back) => {
    await sql(`UPDATE users SET ${out} WHERE id = ?`, account.id);
    for (const headers of [{}, { 'If-None-Match': tag }, { 'If-None-Match': '*' }] as Record<string, string>[]) {
      expectNotFound(await call('GET', path, { headers }));
    }
    expect((await call('HEAD', path)).status).toBe(404);
    await sql(`UPDATE users SET ${back} WHERE id = ?`, account.id);
    expect((await call('GET', path)).status).toBe(200);
  });

  it('is not shown where no row names it, though it is there', async () => {
    await sql('UPDATE users SET avatar_key = NULL WHERE id = ?', account.id);
    expect(await keysOf(account)).toHaveLength(1);
    expectNotFound(await call('GET', path));
  });

  it('is not shown where it is not there, though a row names it', async () => {
    await eraseAvatars(env.AVATARS, account.id);
    expectNotFound(await call('GET', path));
    expectNotFound(await call('GET', path, { headers: { 'If-None-Match': tag } }));
  });

  // ASVS 13.4.3
  it.each(['/avatars/1/unknown.webp', '/avatars/sweep', '/avatars/sweep.webp', `/avatars/1/${'a'.repeat(22)}.webp`])(
    'that nobody knows is not found: %s',
    async (unknown) => {
      await env.AVATARS.put('sweep', 'x');
      const answer = await call('GET', unknown);
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
      await env.AVATARS.delete('sweep');
    },
  );

  it('is unavailable while bucket or database do not answer, and nobody is told more', async () => {
    for (const bindings of [
      { AVATARS: failing<R2Bucket>('get: internal error (10001)') },
      { DB: failing<D1Database>() },
    ] as Partial<Env>[]) {
      const answer = await call('GET', path, { env: bindings });
      expect([answer.status, answer.body.code, answer.headers.get('Cache-Control')]).toEqual([
        503,
        'SERVICE_UNAVAILABLE',
        'no-store',
      ]);
      expect(answer.text).not.toContain('internal');
    }
  });
});

describe('a host for pictures', () => {
  const PICTURES = 'https://pictures.example.com';
  const apart: Call = { env: { AVATAR_BASE_URL: `${PICTURES}/` } };

  // ASVS 3.5.4
  it('is where the address of a picture leads, and serves it', async () => {
    const answer = await upload(account, picture('columns.png'), {}, apart);
    expect(answer.body.avatar_url).toBe(`${PICTURES}/avatars/${(await rowOf(account)).avatar_key}`);
    expect((await call('GET', answer.body.avatar_url, apart)).status).toBe(200);
    // Addresses from before it came to be stay good.
    expect((await call('GET', pathOf(answer), apart)).status).toBe(200);
  });

  // ASVS 3.5.4
  it('serves nothing else', async () => {
    for (const path of ['/health', '/api/v1/users/me', '/.well-known/jwks.json', '/', '/avatars']) {
      const answer = await call('GET', `${PICTURES}${path}`, { ...apart, token: account.token });
      expect([answer.status, answer.body.code], path).toEqual([404, 'NOT_FOUND']);
      expect(answer.headers.get('X-Request-Id')).not.toBeNull();
    }
    expect((await call('GET', '/health', apart)).status).toBe(200);
  });

  it('shuts nothing out where it is the host of the API itself', async () => {
    const same: Call = { env: { AVATAR_BASE_URL: ORIGIN, APP_URL: ORIGIN } };
    expect((await call('GET', ME, { ...same, token: account.token })).status).toBe(200);
  });
});

describe('the bucket', () => {
  const db = database(env.DB);
  const later = () => new Date(Date.now() + HOUR + MINUTE);
  const webp = () => new Uint8Array(picture('lossy.webp'));
  const everyKey = async () => (await env.AVATARS.list()).objects.map(({ key }) => key);

  beforeEach(async () => {
    await env.AVATARS.delete(await everyKey());
  });

  // ASVS 5.3.2
  it('keeps each picture under a key of its own, with its type', async () => {
    const [one, other] = [await storeAvatar(env.AVATARS, 7, webp()), await storeAvatar(env.AVATARS, 7, webp())];
    expect([one, other]).toEqual([expect.stringMatching(/^7\/[\w-]{22}\.webp$/), expect.stringMatching(KEY)]);
    expect(one).not.toBe(other);
    expect((await env.AVATARS.head(one))?.httpMetadata?.contentType).toBe('image/webp');
    await expect(storeAvatar(failing(), 7, webp())).rejects.toThrow(Unavailable);
  });

  it('gives a picture up, and a failure of it stays in the log', async () => {
    const key = await storeAvatar(env.AVATARS, 7, webp());
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await discardAvatar(failing(), key);
    expect(warn.mock.calls.join()).toContain('avatar-delete-failed');
    expect(warn.mock.calls.join()).not.toContain(key);
    await discardAvatar(env.AVATARS, key);
    expect(await everyKey()).toEqual([]);
  });

  it('names a picture by what is random in its key', () => {
    expect(avatarTag(`12/${'a'.repeat(22)}.webp`)).toBe(`"${'a'.repeat(22)}"`);
    for (const key of [
      '',
      'sweep',
      '12/a.webp',
      `0/${'a'.repeat(22)}.webp`,
      `12/${'a'.repeat(22)}.webp\n`,
      '12/../x',
    ]) {
      expect(avatarTag(key)).toBeUndefined();
    }
  });

  it('finds a picture with its bytes or without', async () => {
    const key = pathOf(await upload(account, webp())).replace('/avatars/', '');
    const found = await findAvatar(db, env.AVATARS, key, { withBytes: true });
    expect(new Uint8Array(await new Response(found?.body).arrayBuffer())).toHaveLength(found?.size ?? 0);
    expect(await findAvatar(db, env.AVATARS, key, { withBytes: false })).toEqual({ size: found?.size, body: null });
    expect(await findAvatar(db, env.AVATARS, '1/none.webp', { withBytes: true })).toBeUndefined();
    await expect(findAvatar(db, failing(), key, { withBytes: true })).rejects.toThrow(Unavailable);
  });

  it.each([
    ['that nobody may see', env.DB, undefined],
    ['of which the database does not answer', failing<D1Database>('fetch failed'), DatabaseUnavailable],
  ])('lets go of the bytes of a picture %s', async (_, binding, failure) => {
    const key = await storeAvatar(env.AVATARS, 7, webp());
    let cancelled: ReturnType<typeof vi.spyOn> | undefined;
    const get = async () => {
      const object = await env.AVATARS.get(key);
      if (object) cancelled = vi.spyOn(object.body, 'cancel');
      return object;
    };
    const bucket = withMethods(env.AVATARS, { get: get as R2Bucket['get'] });
    const found = await findAvatar(database(binding), bucket, key, { withBytes: true }).catch((error) => error.cause);
    if (failure) expect(found).toBeInstanceOf(failure);
    else expect(found).toBeUndefined();
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it('says that it does not answer, also where the database does not either', async () => {
    const both = findAvatar(database(failing()), failing(), '1/a.webp', { withBytes: true });
    await expect(both).rejects.toThrow(/^Failed query|did not answer$/);
    const bucket = findAvatar(database(env.DB), failing(), '1/a.webp', { withBytes: true });
    await expect(bucket).rejects.toThrow(Unavailable);
  });

  it('is rid of all pictures of a user, however many pages there are, and keeps those of others', async () => {
    for (const user of [7, 7, 7, 7, 7, 71, 17]) await storeAvatar(env.AVATARS, user, webp());
    const pages = withMethods(env.AVATARS, { list: (options) => env.AVATARS.list({ ...options, limit: 2 }) });
    expect(await eraseAvatars(pages, 7)).toBe(5);
    expect((await everyKey()).map((key) => key.split('/')[0])).toEqual(['17', '71']);
    expect(await eraseAvatars(env.AVATARS, 7)).toBe(0);
    await expect(eraseAvatars(failing(), 17)).rejects.toThrow(Unavailable);
  });

  // ASVS 5.2.4
  it('is swept of what no row names once it is an hour old, and of nothing else', async () => {
    const orphan = await storeAvatar(env.AVATARS, account.id, webp());
    const key = pathOf(await upload(account, webp())).replace('/avatars/', '');
    expect(await removeOrphanedAvatars(db, env.AVATARS, 500, new Date(Date.now() + HOUR - MINUTE))).toBe(0);
    expect(await everyKey()).toEqual([key, orphan].toSorted());
    expect(await removeOrphanedAvatars(db, env.AVATARS, 500, later())).toBe(1);
    expect(await everyKey()).toEqual([key]);
  });

  it('keeps the picture of an account that is out of use, which may come back', async () => {
    const key = pathOf(await upload(account, webp())).replace('/avatars/', '');
    await sql('UPDATE users SET is_active = 0 WHERE id = ?', account.id);
    expect(await removeOrphanedAvatars(db, env.AVATARS, 500, later())).toBe(0);
    await sql('UPDATE users SET is_active = 1 WHERE id = ?', account.id);
    expect(await everyKey()).toEqual([key]);
  });

  it('that is large is swept in turn: each run takes on so much, and all of them everything', async () => {
    const named = pathOf(await upload(account, webp())).replace('/avatars/', '');
    for (let user = 1; user <= 12; user += 1) await storeAvatar(env.AVATARS, 100_000 + user, webp());
    const listed = vi.spyOn(env.AVATARS, 'list');
    const removed: number[] = [];
    for (let run = 0; run < 5; run += 1) removed.push(await removeOrphanedAvatars(db, env.AVATARS, 4, later()));
    for (const result of listed.mock.results) expect((await result.value).objects.length).toBeLessThanOrEqual(4);
    expect(removed.reduce((sum, count) => sum + count)).toBe(12);
    expect(await everyKey()).toEqual([named]);
  });

  it('is compared with the rows by their index, one statement for all', async () => {
    const key = pathOf(await upload(account, webp())).replace('/avatars/', '');
    const prepare = vi.spyOn(env.DB, 'prepare');
    await removeOrphanedAvatars(db, env.AVATARS, 500, later());
    await findAvatar(db, env.AVATARS, key, { withBytes: false });
    const statements = prepare.mock.calls.map(([statement]) => statement);
    prepare.mockRestore();
    expect(statements).toHaveLength(2);
    for (const statement of statements) {
      const values = [...statement.matchAll(/\?/g)].map(() => '[]');
      const plan = await rows<{ detail: string }>(`EXPLAIN QUERY PLAN ${statement}`, ...values);
      const details = plan.map(({ detail }) => detail).join('; ');
      expect(details).toContain('users_avatar_key (avatar_key=?)');
      expect(details).not.toContain('SCAN users');
    }
  });

  it('is swept again from its start after its end', async () => {
    const late = await storeAvatar(env.AVATARS, 9, webp());
    for (const user of [5, 6]) await storeAvatar(env.AVATARS, user, webp());
    expect(await removeOrphanedAvatars(db, env.AVATARS, 2, later())).toBe(2);
    const early = await storeAvatar(env.AVATARS, 1, webp());
    expect(await everyKey()).toEqual([early, late, 'sweep']);
    expect(await removeOrphanedAvatars(db, env.AVATARS, 2, later())).toBe(1);
    expect(await everyKey()).toEqual([early]);
    expect(await removeOrphanedAvatars(db, env.AVATARS, 2, later())).toBe(1);
    expect(await everyKey()).toEqual([]);
  });
});
