import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { BREACHED, PADDING } from './breach-server.ts';
import { type Answer, type Call, call, login, mailToken, newAccount, PASSWORD, rows, signUp } from './client.ts';

const SERVER = inject('breachServer');
const SIGN_UP = '/api/v1/auth/signup';
const [BREACHED_PASSWORD = '', IN_LETTERS = ''] = BREACHED;

const asking = (manner: string): Call => ({ env: { BREACHED_PASSWORDS_URL: `${SERVER}/${manner}/` } });
const asked = async (): Promise<{ url: string; headers: Record<string, string> }[]> =>
  (await fetch(`${SERVER}/asked`)).json();

const signUpWith = (email: string, password: string, options: Call): Promise<Answer> =>
  call('POST', SIGN_UP, { ...options, json: { email, password, accepted_terms: true } });

const expectRefused = (answer: Answer, field: string): void => {
  expect(answer.body).toEqual({
    status: 'error',
    status_code: 400,
    code: 'VALIDATION_ERROR',
    message: 'Request validation failed',
    data: { errors: [{ field, message: 'is known from a data breach' }] },
  });
};

const expectTold = (answer: Answer, times: number): void => {
  const told = lines.filter(({ event }) => event === 'breached-passwords-unanswered');
  expect(told).toHaveLength(times);
  for (const line of told) {
    expect(line).toEqual({
      level: 'warn',
      event: 'breached-passwords-unanswered',
      request_id: answer.headers.get('X-Request-Id'),
      fault: expect.not.stringMatching(/127\.0\.0\.1|[0-9A-F]{5}$/),
    });
  }
};

let lines: Record<string, unknown>[] = [];
let deadlines: { ms: number; pass: () => void }[] = [];

beforeEach(async () => {
  await asked();
  lines = [];
  deadlines = [];
  // A deadline passes where a test says so: how long the stand-in takes is a matter of how busy the machine is.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const deadline = new AbortController();
    const pass = () => deadline.abort(new DOMException('The operation timed out.', 'TimeoutError'));
    deadlines.push({ ms, pass });
    return deadline.signal;
  });
  vi.spyOn(console, 'warn').mockImplementation((line) => void lines.push(JSON.parse(line)));
});
afterEach(() => vi.restoreAllMocks());

describe('a password that is known from a breach', () => {
  // ASVS 6.2.12
  it('is refused at sign-up, whoever has the address, and nothing is written', async () => {
    const { email } = await newAccount();
    const before = await rows('SELECT count(*) AS mails FROM outbox');
    for (const address of [email, 'nobody-breached@example.com']) {
      expectRefused(await signUpWith(address, BREACHED_PASSWORD, asking('range')), 'body.password');
    }
    expectRefused(await signUpWith(email, IN_LETTERS.normalize('NFD'), asking('range')), 'body.password');
    expect(await rows('SELECT id FROM users WHERE email = ?', 'nobody-breached@example.com')).toEqual([]);
    expect(await rows('SELECT count(*) AS mails FROM outbox')).toEqual(before);
    expect(await asked()).toHaveLength(3);
  });

  // ASVS 6.2.12
  it('is refused where one is changed or reset, and the link still works', async () => {
    const { email, token } = await newAccount();
    const change = { current_password: PASSWORD, new_password: BREACHED_PASSWORD };
    const changing: Call = { ...asking('range'), token, json: change };
    expectRefused(await call('POST', '/api/v1/auth/change-password', changing), 'body.new_password');
    await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
    const link = await mailToken(email, 'reset-password');
    const reset = (new_password: string) =>
      call('POST', '/api/v1/auth/reset-password', { ...asking('range'), json: { token: link, new_password } });
    expectRefused(await reset(BREACHED_PASSWORD), 'body.new_password');
    expect((await reset('a password that nobody lost')).status).toBe(200);
  });

  it('is known by its own hash, and by none that only pads the answer', async () => {
    for (const password of ['breached password 2', PADDING]) {
      expect((await signUpWith('free@example.com', password, asking('range'))).status, password).toBe(201);
    }
    expect(await asked()).toHaveLength(2);
  });

  it('is no matter where no server is named, and none where one signs in', async () => {
    expect((await signUp('unasked@example.com', { password: BREACHED_PASSWORD })).status).toBe(201);
    const { email } = await newAccount();
    await login(email, { password: BREACHED_PASSWORD }, asking('range'));
    expect((await login(email, {}, asking('range'))).status).toBe(200);
    expect(await asked()).toEqual([]);
  });
});

describe('the server that knows them', () => {
  // ASVS 1.3.6
  // Threat sent-elsewhere
  it('is told five digits of a hash, and neither the rest nor whose it is', async () => {
    const options = asking('range');
    await signUpWith('whose@example.com', BREACHED_PASSWORD, { ...options, headers: { 'User-Agent': 'Phone/1.0' } });
    const [request, ...others] = await asked();
    expect(others).toEqual([]);
    expect(request?.url).toMatch(/^\/range\/[0-9A-F]{5}$/);
    expect(request?.headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'edge-accounts' });
    expect(JSON.stringify(request)).not.toMatch(/whose|Phone|cookie|authorization/i);
  });

  // ASVS 1.3.6, 6.2.12, 15.3.2, 16.5.2
  it.each([
    ['fails', 'broken'],
    ['sends elsewhere', 'moved'],
    ['answers something else', 'nonsense'],
  ])('that %s keeps nobody from signing up, and is asked once', async (_, manner) => {
    const answer = await signUpWith(`${manner}@example.com`, BREACHED_PASSWORD, asking(manner));
    expect(answer.status).toBe(201);
    expect(await asked()).toHaveLength(1);
    expectTold(answer, manner === 'nonsense' ? 0 : 1);
  });

  // ASVS 1.3.6, 6.2.12, 15.3.2, 16.5.2
  it('that never answers is waited for until the deadline and no longer, and is asked once', async () => {
    const signingUp = signUpWith('slow@example.com', BREACHED_PASSWORD, asking('slow'));
    const requests = await asked();
    while (requests.length === 0) requests.push(...(await asked()));
    expect(deadlines).toHaveLength(1);
    expect(deadlines[0]?.ms).toBeLessThanOrEqual(2000);
    deadlines[0]?.pass();
    const answer = await signingUp;
    expect(answer.status).toBe(201);
    expect([...requests, ...(await asked())]).toHaveLength(1);
    expectTold(answer, 1);
  });
});
