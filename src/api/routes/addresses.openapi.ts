import { done } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import { addresses, ownAddress } from './addresses.ts';

const TOKEN = '1.pT4sW8yB2nK6mR0vXcZ1dQ.12345.1773493200000.k3Vn8bQz5xGm2rTf7wYc0pJh4sLd9aEu6iOyKtRvWqA';

const EXCEPTIONS = { deactivated: 'INVALID_TOKEN', deleted: 'INVALID_TOKEN', erased: 'INVALID_TOKEN' } as const;

const link = { 'application/json': { name: 'EmailLink', examples: { token: { value: { token: TOKEN } } } } };

/** Asking for another address. */
export const describedOwnAddress = described(ownAddress, {
  'POST /': {
    operationId: 'requestEmail',
    audience: 'user',
    tag: 'Account',
    summary: 'Ask for another address',
    description:
      'Sends a link to the new address, which works once and for 24 hours; the change is made when it is used. The present address is told at once, with a link that undoes it, until 72 hours after the change. The answer is the same whether or not the address is taken, and so is what is done: what the mail to it says is for its mailbox alone. An address gets at most 3 mails of a kind an hour and 10 a day; beyond that the answer is the same, and nothing happens. A further request supersedes one that waits.',
    bodies: {
      'application/json': { name: 'NewEmail', examples: { address: { value: { email: 'countess@example.com' } } } },
    },
    wrong: { json: [{ email: 'countess' }] },
    answers: {
      202: {
        description: 'Mails are on their way, if the address can be used.',
        ...done('If the address can be used, a mail with a link is on its way to it.'),
        links: {
          confirmEmail: { operationId: 'confirmEmail', description: 'Takes the token of the mail to the new address.' },
          undoEmail: { operationId: 'undoEmail', description: 'Takes the token of the mail to the present one.' },
        },
      },
    },
    refusals: ['FRESH_PROOF_REQUIRED', 'SAME_ADDRESS'],
  },
});

/** The links of the mails about another address. */
export const describedAddresses = described(addresses, {
  'POST /confirm-email': {
    operationId: 'confirmEmail',
    audience: 'anybody',
    exceptions: EXCEPTIONS,
    tag: 'Account',
    summary: 'Confirm another address by the link of a mail',
    description:
      'Gives the account its new address. Every session ends, links that went to the address before open nothing any more, and a mail to it says so, with a link that undoes it for 72 hours. An account that was signed up with the new address and never verified it makes way.',
    bodies: link,
    wrong: { json: [{}] },
    answers: {
      200: {
        description: 'The account has the new address.',
        ...done('Email address changed. You can now log in with it.'),
        links: { logIn: { operationId: 'logIn', description: 'With the new address.' } },
      },
    },
    refusals: ['INVALID_TOKEN', 'TOKEN_EXPIRED', 'ADDRESS_TAKEN', 'SERVICE_UNAVAILABLE'],
  },

  'POST /undo-email': {
    operationId: 'undoEmail',
    audience: 'anybody',
    exceptions: EXCEPTIONS,
    tag: 'Account',
    summary: 'Undo another address by the link of a mail',
    description:
      'Calls a change off that waits for its confirmation; or gives the address back that the account had before one, until 72 hours after it, whatever changes came later. Every session ends, the password opens nothing any more, and a mail with a link to a new one goes to the address.',
    bodies: link,
    wrong: { json: [{}] },
    answers: {
      200: {
        description: 'The account has the address that it had before.',
        ...done('The change is undone. A mail with a link to a new password is on its way.'),
        links: { resetPassword: { operationId: 'resetPassword', description: 'Takes the token of that mail.' } },
      },
    },
    refusals: ['INVALID_TOKEN', 'TOKEN_EXPIRED', 'ADDRESS_TAKEN', 'SERVICE_UNAVAILABLE'],
  },
});
