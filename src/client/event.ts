type Happened<Type extends string, Data = unknown> = {
  /** `evt_…`, the same however often the event arrives: by it a receiver knows a second delivery, and confirms. */
  id: string;
  /** Rises with what happened. The feed goes on after it. */
  seq: number;
  type: Type;
  /** When it happened: `YYYY-MM-DDTHH:MM:SSZ`. */
  timestamp: string;
  data: { user_id: number } & Data;
};

/**
 * What happened to an account; nothing personal is in it. Later releases may tell more: let a type that is not here pass,
 * and look at no key that is not here.
 */
export type AccountsEvent =
  /** The address was verified for the first time. */
  | Happened<'user.created'>
  | Happened<'user.updated', { changed: ('full_name' | 'avatar_url' | 'speaking_language' | 'listening_language')[] }>
  /** As with `user.deactivated`, `user.deleted` and `user.erased`, every session has ended. */
  | Happened<'user.email_changed'>
  | Happened<'user.role_changed', { role: 'user' | 'admin' }>
  /** Some sessions have ended while the account stays in use; their ids are those in the tokens' `sid`. */
  | Happened<'user.signed_out', { session_ids: string[] }>
  /** A second factor came, or went. */
  | Happened<'user.factor_added', { kind: 'passkey' | 'authenticator' }>
  | Happened<'user.factor_removed', { kind: 'passkey' | 'authenticator' }>
  | Happened<'user.deactivated'>
  | Happened<'user.reactivated'>
  /** The account is deleted and can be restored until `erase_at`, `YYYY-MM-DDTHH:MM:SSZ`. */
  | Happened<'user.deleted', { erase_at: string }>
  | Happened<'user.restored'>
  /** Everything is gone for good: delete what is kept under this id, and confirm it. */
  | Happened<'user.erased'>;

export type AccountsEventType = AccountsEvent['type'];

/** Whether it has an event's shape, also of a type that is not known here. */
export const isEvent = (value: unknown): value is AccountsEvent => {
  const { id, seq, type, timestamp, data } = Object(value) as Partial<Record<keyof AccountsEvent, unknown>>;
  const isNamed = [id, type, timestamp].every((text) => typeof text === 'string');
  return isNamed && Number.isSafeInteger(seq) && typeof data === 'object' && data !== null;
};
