import { done } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import { passwords } from './passwords.ts';

const TOKEN = '1.pT4sW8yB2nK6mR0vXcZ1dQ.12345.1773493200000.k3Vn8bQz5xGm2rTf7wYc0pJh4sLd9aEu6iOyKtRvWqA';

/** Forgotten and changed passwords. */
export const describedPasswords = described(passwords, {
  'POST /forgot-password': {
    operationId: 'requestPasswordReset',
    audience: 'anybody',
    tag: 'Passwords',
    summary: 'Ask for a link to a new password',
    description:
      'Sends a link that works once and for 60 minutes, if the address belongs to a verified account in use. One that was never verified gets its verification mail instead. The answer is the same for every address. An address gets at most 3 mails of a kind an hour and 10 a day.',
    bodies: {
      'application/json': {
        name: 'ForgotPassword',
        examples: { address: { value: { email: 'ada@example.com' } } },
      },
    },
    wrong: { json: [{ email: 'ada' }] },
    answers: {
      200: {
        description: 'A mail is on its way, if there is an account for it.',
        ...done('If that address has an account, a mail with further steps is on its way.'),
        links: {
          resetPassword: { operationId: 'resetPassword', description: 'Takes the token of the link in the mail.' },
        },
      },
    },
    refusals: ['SERVICE_UNAVAILABLE'],
  },

  'POST /reset-password': {
    operationId: 'resetPassword',
    audience: 'anybody',
    exceptions: {
      deactivated: 'INVALID_RESET_TOKEN',
      deleted: 'INVALID_RESET_TOKEN',
      erased: 'INVALID_RESET_TOKEN',
    },
    tag: 'Passwords',
    summary: 'Set a new password by the link of a mail',
    description:
      'Sets a new password by the token of the mail. Every session ends, a lock of the address is lifted, and a mail tells the user.',
    bodies: {
      'application/json': {
        name: 'ResetPassword',
        examples: { token: { value: { token: TOKEN, new_password: 'another horse, another staple' } } },
      },
    },
    wrong: { json: [{ token: TOKEN, new_password: 'password' }] },
    answers: {
      200: {
        description: 'The new password holds.',
        ...done('Password successfully reset. You can now log in.'),
        links: { logIn: { operationId: 'logIn', description: 'With the new password.' } },
      },
    },
    refusals: ['INVALID_RESET_TOKEN', 'RESET_TOKEN_EXPIRED', 'SAME_PASSWORD', 'SERVICE_UNAVAILABLE'],
  },

  'POST /change-password': {
    operationId: 'changePassword',
    audience: 'user',
    tag: 'Passwords',
    summary: 'Change the password',
    description:
      'Replaces the password by somebody who knows it. Every session but the one that asks ends, and a mail tells the user.',
    bodies: {
      'application/json': {
        name: 'ChangePassword',
        examples: {
          both: {
            value: {
              current_password: 'correct horse battery staple',
              new_password: 'another horse, another staple',
            },
          },
        },
      },
    },
    wrong: { json: [{ current_password: 'correct horse battery staple', new_password: 'short' }] },
    answers: {
      200: {
        description: 'The new password holds.',
        ...done('Password updated successfully.'),
        links: { listSessions: { operationId: 'listSessions', description: 'Shows the one session that is left.' } },
      },
    },
    refusals: ['INCORRECT_PASSWORD', 'SAME_PASSWORD'],
  },
});
