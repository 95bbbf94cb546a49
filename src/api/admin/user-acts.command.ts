// Plain data that imports nothing: each command loads it. The Worker takes the names alone.

/** The acts on a user, by the methods of the entrypoint: the word behind `users` of a command, and `user.` of the audit. */
export const USER_ACT_NAMES = {
  promoteUser: 'promote',
  demoteUser: 'demote',
  deactivateUser: 'deactivate',
  reactivateUser: 'reactivate',
  restoreUser: 'restore',
  eraseUser: 'erase',
  setEmail: 'set-email',
  endSessions: 'end-sessions',
  unlockUser: 'unlock',
  sendVerification: 'send-verification',
  sendReset: 'send-reset',
  resetSecondFactor: 'reset-second-factor',
} as const;

export type UserActMethod = keyof typeof USER_ACT_NAMES;

/** How an act on a user is asked for at the command line, and told. */
export type UserActCommand = {
  description: string;
  /** Command lines, from `users` on. */
  examples: readonly string[];
  /** The words that it takes behind the user: the name that the input has for each, and that of its usage. */
  takes?: Readonly<Record<string, string>>;
  /** Options that the input has by the same name. */
  options?: readonly { flags: string; description: string }[];
  /** Whether it can be forced on the last active administrator. */
  forcible?: boolean;
  /** Whether a file can name the users. */
  many?: boolean;
  /** The question before what cannot be undone; what has none does not ask. */
  asks?: (who: string) => string;
  /** What became of a user, and what would become of one, behind their name. */
  did: string;
  would: string;
};

/** The commands of the acts on a user, by the methods of the entrypoint. */
export const USER_ACT_COMMANDS: Readonly<Record<UserActMethod, UserActCommand>> = {
  promoteUser: {
    description: 'make a verified, active user an administrator',
    examples: ['users promote ada@example.com --as grace'],
    did: 'is an administrator now',
    would: 'would become an administrator',
  },
  demoteUser: {
    description: 'take the powers of an administrator back',
    examples: ['users demote 12 --dry-run'],
    forcible: true,
    did: 'is no administrator any more',
    would: 'would be no administrator any more',
  },
  deactivateUser: {
    description: 'suspend a user, or all that a file names',
    examples: ["users deactivate 12 --reason 'Spam.'", 'users deactivate --from-file ids.csv --dry-run'],
    options: [{ flags: '--reason <text>', description: 'why, for the mail and for administrators' }],
    many: true,
    forcible: true,
    did: 'is deactivated',
    would: 'would be deactivated',
  },
  reactivateUser: {
    description: 'end a suspension',
    examples: ['users reactivate 12'],
    did: 'is active again',
    would: 'would be active again',
  },
  restoreUser: {
    description: 'give a deleted account back within its grace period',
    examples: ['users restore 12'],
    did: 'is restored',
    would: 'would be restored',
  },
  eraseUser: {
    description: 'erase an account and all its data for good',
    examples: ['users erase 12', 'users erase 12 --yes'],
    forcible: true,
    asks: (who) => `Erase user ${who} and everything of theirs for good?`,
    did: 'is erased',
    would: 'would be erased',
  },
  setEmail: {
    description: 'give an account another address, taken as verified',
    examples: ['users set-email 12 ada@example.com'],
    takes: { email: 'address' },
    did: 'has another address now',
    would: 'would get another address',
  },
  endSessions: {
    description: 'sign a user out everywhere',
    examples: ['users end-sessions 12'],
    did: 'is signed out everywhere',
    would: 'would be signed out everywhere',
  },
  unlockUser: {
    description: 'lift the locks of an account before they run out, and forget the wrong guesses',
    examples: ['users unlock ada@example.com'],
    did: 'is no longer locked',
    would: 'would no longer be locked',
  },
  sendVerification: {
    description: 'send the link that verifies the address again, or that which sets the first password',
    examples: ['users send-verification 12'],
    did: 'gets a fresh link',
    would: 'would get a fresh link',
  },
  sendReset: {
    description: 'send a link that sets a new password',
    examples: ['users send-reset ada@example.com --as grace'],
    did: 'gets a fresh link',
    would: 'would get a fresh link',
  },
  resetSecondFactor: {
    description: 'remove every second factor of somebody who has lost them, and sign them out',
    examples: ['users reset-second-factor 12', 'users reset-second-factor ada@example.com --as grace'],
    asks: (who) => `Remove every passkey, authenticator app and recovery code of user ${who}?`,
    did: 'has no second factor any more',
    would: 'would have no second factor any more',
  },
};
