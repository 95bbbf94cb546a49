import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { lazy, loadHandlers } from '../src/api/http/lazy.ts';
import { Router } from '../src/api/http/router.ts';
import { inputsOf, takingJson } from '../src/api/http/validate.ts';

const Greeting = z.object({ name: z.string('must be a string') });

/** A router whose one handler lies in a module of its own; `loaded` counts how often that was asked for. */
const lazyRouter = () => {
  const loaded = { times: 0 };
  const load = async () => {
    loaded.times += 1;
    return { greet: takingJson(Greeting, async (c, { name }) => c.json({ hello: name })) };
  };
  return { router: new Router().post('/greet', lazy(load, 'greet')), loaded };
};

const greet = (router: Router, json: unknown): Promise<Response> | Response =>
  router.request(
    '/greet',
    { method: 'POST', body: JSON.stringify(json), headers: { 'Content-Type': 'application/json' } },
    env,
  );

it('A handler in a file of its own is loaded with the first request that needs it.', async () => {
  const { router, loaded } = lazyRouter();
  expect((await router.request('/other', {}, env)).status).toBe(404);
  expect(loaded.times).toBe(0);
  expect(await (await greet(router, { name: 'Ada' })).json()).toEqual({ hello: 'Ada' });
  expect(loaded.times).toBe(1);
});

it('A handler in a file of its own refuses a body that its schema does not take.', async () => {
  const { router } = lazyRouter();
  const refusals: unknown[] = [];
  router.onError((error, c) => {
    refusals.push(error);
    return c.text('', 400);
  });
  expect((await greet(router, { name: 7 })).status).toBe(400);
  expect(refusals).toMatchObject([{ code: 'VALIDATION_ERROR', data: { errors: [{ field: 'body.name' }] } }]);
});

it('Whoever walks over the routes knows what each validates, once every handler is loaded.', async () => {
  const { router } = lazyRouter();
  const inputs = () => router.routes.flatMap(({ handler }) => inputsOf(handler));
  expect(inputs()).toEqual([]);
  await loadHandlers(router);
  expect(inputs()).toEqual([{ target: 'json', mediaType: 'application/json', schema: Greeting }]);
});
