import {
  AccountsError,
  type AccountsEvent,
  type AccountsEventType,
  accountsService,
  type ErrorCode,
  EventsExpired,
  PushError,
  VerificationUnavailable,
} from 'edge-accounts/service';

// What a service of another team writes. It is compiled and never run, as front-end.ts is.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_ extends true>(): void => {};

// @ts-expect-error: it has to be said where the API is.
accountsService({ token: 'of the service' });
// @ts-expect-error: a namespace, not its name.
accountsService({ origin: 'https://accounts.example.com', blacklist: 'REVOKED_TOKENS' });
// As an environment says it, which may lack it.
const environment: { TOKEN?: string; SECRET?: string } = {};
const accounts = accountsService({
  origin: 'https://accounts.example.com',
  token: environment.TOKEN,
  signingSecret: environment.SECRET,
});

export const callerOf = async (request: Request) => {
  const caller = await accounts.verifyToken(request.headers.get('Authorization')?.slice('Bearer '.length));
  // @ts-expect-error: there may be none.
  caller.userId;
  if (!caller) return undefined;
  holds<Equal<typeof caller, { userId: number; sessionId: string; jti: string; expiresAt: Date }>>();
  const [profile] = await accounts.profiles([caller.userId]);
  return profile?.full_name ?? 'Somebody';
};

const hear = (event: AccountsEvent): string | undefined => {
  switch (event.type) {
    case 'user.updated':
      return event.data.changed.includes('avatar_url') ? 'Another picture.' : undefined;
    case 'user.signed_out':
      return event.data.session_ids.join();
    case 'user.deleted':
      return event.data.erase_at;
    // @ts-expect-error: nothing of this type happens.
    case 'user.renamed':
      return undefined;
    default:
      // @ts-expect-error: not every event has it.
      event.data.session_ids;
      return `${event.seq} ${event.data.user_id} ${event.timestamp}`;
  }
};

export const received = async (request: Request): Promise<number> => {
  try {
    const event = await accounts.receive(request);
    if (event.type === 'user.erased') await accounts.confirm(event.id, 'erased');
    // @ts-expect-error: it is erased, or nothing was held.
    await accounts.confirm(event.id, 'perhaps');
    return hear(event) ? 200 : 204;
  } catch (error) {
    if (!(error instanceof PushError)) throw error;
    // @ts-expect-error: no push is refused for it.
    if (error.code === 'TOO_SMALL') return 500;
    return error.status;
  }
};

export const caughtUp = async (after: number): Promise<number> => {
  const types: AccountsEventType[] = ['user.erased', 'user.deactivated'];
  const feed = accounts.events({ after, types, pageSize: 1000 });
  try {
    for await (const event of feed) hear(event);
    return feed.after;
  } catch (error) {
    if (error instanceof EventsExpired) return error.oldest;
    if (error instanceof AccountsError) holds<Equal<typeof error.code, ErrorCode | undefined>>();
    if (error instanceof VerificationUnavailable) return after;
    throw error;
  }
};

export const meeting = async (): Promise<void> => {
  const id = await accounts.joined(12, 'room-7', { joinedAt: new Date() });
  holds<Equal<typeof id, number>>();
  await accounts.left(id);
  // @ts-expect-error: a time, not its text.
  await accounts.left(id, '2026-03-14T12:00:00Z');
};
