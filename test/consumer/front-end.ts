import { AccountsError, accountsClient, type ErrorCode } from 'edge-accounts/client';

// What another team writes against the client, in a project of its own: a browser's types, none of the Worker's. It is
// compiled and never run. Where a line is refused, the compiler has to refuse it.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_ extends true>(): void => {};

const { api, signIn, signOut } = accountsClient('https://accounts.example.com', {
  onSessionEnd: (refusal) => holds<Equal<typeof refusal.code, ErrorCode | undefined>>(),
});

export const profile = async (picture: File) => {
  const { user_id } = await signIn('ada@example.com', 'correct horse battery staple');
  holds<Equal<typeof user_id, number>>();

  const me = await (await api.v1.users.me.$get()).json();
  holds<Equal<typeof me.full_name, string | null>>();
  // @ts-expect-error: a profile has no such key.
  me.fullname;

  await api.v1.users.me.$patch({ json: { full_name: null, listening_language: 'pt-BR' } });
  await api.v1.users.me.$patch({ form: { full_name: 'Ada', avatar: picture } });
  // @ts-expect-error: a name is text.
  await api.v1.users.me.$patch({ json: { full_name: 12 } });
  // @ts-expect-error: a language is text.
  await api.v1.users.me.$patch({ json: { listening_language: ['fr'] } });
  // @ts-expect-error: a form has no null; the word would become the name.
  await api.v1.users.me.$patch({ form: { full_name: null } });
  // @ts-expect-error: a picture is a file, not its address.
  await api.v1.users.me.$patch({ form: { avatar: 'https://example.com/me.png' } });
  await signOut();
};

export const leaving = async () => {
  const { sessions } = await (await api.v1.users.me.sessions.$get()).json();
  for (const { id, current } of sessions)
    if (!current) await api.v1.users.me.sessions[':id'].$delete({ param: { id } });
  await api.v1.users.me.$delete({ query: { hard: 'true' } });
  // @ts-expect-error: it says true or false.
  await api.v1.users.me.$delete({ query: { hard: 'yes' } });
};

export const signingUp = async (email: string, password: string) => {
  await api.v1.auth.signup.$post({ json: { email, password, accepted_terms: true } });
  // @ts-expect-error: nobody signs up without the terms.
  await api.v1.auth.signup.$post({ json: { email, password, accepted_terms: false } });
  // @ts-expect-error: nor without a password.
  await api.v1.auth.signup.$post({ json: { email, accepted_terms: true } });
};

export const administration = async () => {
  const { data } = await (await api.v1.users.$get({ query: { status: 'deactivated', limit: '100' } })).json();
  holds<Equal<typeof data.next_cursor, string | null>>();
  // @ts-expect-error: there is no such status.
  await api.v1.users.$get({ query: { status: 'suspended' } });
  const { user } = (await (await api.v1.users[':id'].$get({ param: { id: '12' } })).json()).data;
  holds<Equal<typeof user.role, 'admin' | 'user'>>();
  await api.v1.users.deactivate.$patch({ json: { user_id: user.id, reason: 'Spam.' } });
  // @ts-expect-error: the route changes, and does not create.
  await api.v1.users.deactivate.$post({ json: { user_id: user.id } });
};

export const sentenceFor = (error: unknown): string => {
  if (!(error instanceof AccountsError)) return 'You seem to be offline.';
  if (error.code === 'ACCOUNT_LOCKED') return `Try again in ${error.retryAfterSeconds} seconds.`;
  // @ts-expect-error: no refusal has this code.
  if (error.code === 'ACCOUNT_BLOCKED') return '';
  return error.errors[0]?.message ?? error.message;
};
