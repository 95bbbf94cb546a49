import {
  type AccountsEvent,
  type AccountsService,
  accountsService,
  PushError,
  VerificationUnavailable,
} from 'edge-accounts/service';

// A service that keeps captions: who has an access token may add to theirs, and those of whoever is erased go. It hears of
// that by pushes and, where it was away, by the feed.

type CaptionsEnv = {
  ACCOUNTS: string;
  ACCOUNTS_TOKEN: string;
  ACCOUNTS_SIGNING_SECRET: string;
  CAPTIONS: D1Database;
  REVOKED_TOKENS: KVNamespace;
};

const accountsOf = (env: CaptionsEnv): AccountsService =>
  accountsService({
    origin: env.ACCOUNTS,
    token: env.ACCOUNTS_TOKEN,
    signingSecret: env.ACCOUNTS_SIGNING_SECRET,
    blacklist: env.REVOKED_TOKENS,
  });

const addCaption = async (request: Request, env: CaptionsEnv): Promise<Response> => {
  const token = request.headers.get('Authorization')?.replace(/^Bearer +/i, '');
  const caller = await accountsOf(env).verifyToken(token);
  if (!caller) return new Response(null, { status: 401 });
  const adding = env.CAPTIONS.prepare('INSERT INTO captions (user_id, text) VALUES (?, ?)');
  await adding.bind(caller.userId, await request.text()).run();
  return new Response(null, { status: 204 });
};

const handle = async (event: AccountsEvent, env: CaptionsEnv): Promise<void> => {
  if (event.type === 'user.erased') {
    const erasing = env.CAPTIONS.prepare('DELETE FROM captions WHERE user_id = ?').bind(event.data.user_id);
    const { changes } = (await erasing.run()).meta;
    await accountsOf(env).confirm(event.id, changes > 0 ? 'erased' : 'nothing-held');
  }
  const noting = env.CAPTIONS.prepare('UPDATE place SET seq = max(seq, ?)').bind(event.seq);
  await noting.run();
};

const receive = async (request: Request, env: CaptionsEnv): Promise<Response> => {
  await handle(await accountsOf(env).receive(request), env);
  return new Response(null, { status: 204 });
};

export default {
  fetch: async (request, env) => {
    try {
      return await (new URL(request.url).pathname === '/captions/events'
        ? receive(request, env)
        : addCaption(request, env));
    } catch (error) {
      if (error instanceof PushError) return new Response(error.message, { status: error.status });
      if (error instanceof VerificationUnavailable) return new Response(null, { status: 503 });
      throw error;
    }
  },
  scheduled: async (_, env) => {
    const after = (await env.CAPTIONS.prepare('SELECT seq FROM place').first<number>('seq')) ?? 0;
    for await (const event of accountsOf(env).events({ after, pageSize: 2 })) await handle(event, env);
  },
} satisfies ExportedHandler<CaptionsEnv>;
