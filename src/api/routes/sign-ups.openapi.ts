import { done } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import { signUps } from './sign-ups.ts';

const TOKEN = '1.Xb2kQ9vN3mT7rY1wLcE5hA.12345.1773576000000.h5S0cXkq1m8eJr2vZ4tYwPz6uN7aBdGf9iKjLoMxQnE';

/** Signing up and proving that the address is one's own. */
export const describedSignUps = described(signUps, {
  'POST /signup': {
    operationId: 'signUp',
    audience: 'anybody',
    tag: 'Sign-up',
    summary: 'Sign up',
    description:
      'Opens an account and sends a mail with a link that verifies its address. The answer is the same whether or not the address is taken. An address that has signed up and was never verified starts over: the newest password, name and languages hold, and earlier links die. The owner of an account that is verified, suspended or deleted gets a mail that says so, and nothing changes.',
    bodies: {
      'application/json': {
        name: 'SignUp',
        properties: {
          accepted_terms: { description: 'That the terms were accepted.' },
          speaking_language: { default: 'en' },
          listening_language: { default: 'en' },
        },
        examples: {
          least: {
            summary: 'What is required.',
            value: { email: 'ada@example.com', password: 'correct horse battery staple', accepted_terms: true },
          },
          whole: {
            summary: 'With a name and languages.',
            value: {
              email: 'ada@example.com',
              password: 'correct horse battery staple',
              accepted_terms: true,
              full_name: 'Ada Lovelace',
              speaking_language: 'en',
              listening_language: 'fr',
            },
          },
        },
      },
    },
    wrong: {
      json: [
        { email: 'ada', password: 'short', accepted_terms: false },
        {
          email: 'ada@example.com',
          password: 'correct horse battery staple',
          accepted_terms: true,
          speaking_language: 'english',
        },
      ],
    },
    answers: {
      201: {
        description: 'A mail is on its way, whatever the address.',
        ...done('Check your inbox to verify your email address.'),
        links: {
          verifyEmail: {
            operationId: 'verifyEmail',
            description: 'Takes the token of the link in the mail.',
          },
          resendVerification: {
            operationId: 'resendVerification',
            description: 'Sends the mail once more.',
            requestBody: '$request.body',
          },
        },
      },
    },
    refusals: ['SERVICE_UNAVAILABLE'],
  },

  'POST /verify-email': {
    operationId: 'verifyEmail',
    audience: 'anybody',
    exceptions: { deactivated: 'INVALID_TOKEN', deleted: 'INVALID_TOKEN', erased: 'INVALID_TOKEN' },
    tag: 'Sign-up',
    summary: 'Verify an address',
    description: 'Verifies the address by the token of the mail. A token works once, and only the newest one does.',
    bodies: {
      'application/json': { name: 'VerifyEmail', examples: { token: { value: { token: TOKEN } } } },
    },
    wrong: { json: [{ token: '' }] },
    answers: {
      200: {
        description: 'The address is verified.',
        ...done('Email successfully verified. You can now log in.'),
        links: { logIn: { operationId: 'logIn', description: 'Takes the address and the password of the sign-up.' } },
      },
    },
    refusals: ['INVALID_TOKEN', 'TOKEN_EXPIRED', 'SERVICE_UNAVAILABLE'],
  },

  'POST /resend-verification': {
    operationId: 'resendVerification',
    audience: 'anybody',
    tag: 'Sign-up',
    summary: 'Send the verification mail again',
    description:
      'Sends a new link, if the address belongs to an account that waits for it; earlier links die. The answer is the same for every address. An address gets at most 3 mails of a kind an hour and 10 a day.',
    bodies: {
      'application/json': {
        name: 'ResendVerification',
        examples: { address: { value: { email: 'ada@example.com' } } },
      },
    },
    wrong: { json: [{ email: 'ada' }] },
    answers: {
      200: {
        description: 'A mail is on its way, if there is an account that waits for it.',
        ...done('If that address awaits verification, a new link is on its way.'),
        links: { verifyEmail: { operationId: 'verifyEmail', description: 'Takes the token of the link in the mail.' } },
      },
    },
    refusals: ['SERVICE_UNAVAILABLE'],
  },
});
