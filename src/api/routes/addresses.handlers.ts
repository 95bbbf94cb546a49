import type { Context } from 'hono';
import * as z from 'zod/mini';
import { type Caller, ownerWithoutSession } from '../../accounts/acts/caller.ts';
import { type AddressKeys, confirmAddress, requestAddress, undoAddress } from '../../accounts/address/new-address.ts';
import { type Decided, followUp } from '../../accounts/follow-up.ts';
import { linkKeys } from '../../accounts/tokens/one-time-token.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { actorOf } from '../http/authenticate.ts';
import type { AppEnv } from '../http/env.ts';
import { requireOutcome } from '../http/outcome.ts';
import { takingJson } from '../http/validate.ts';
import { email, linkToken } from '../wire/fields.ts';

const NewEmail = z.object({ email });
const EmailLink = z.object({ token: linkToken });

const keysOf = (c: Context<AppEnv>): AddressKeys => ({ links: linkKeys(c.env), addresses: tokenKeys(c.env) });

const follow = (c: Context<AppEnv>, act: Decided, by: Caller): void =>
  c.executionCtx.waitUntil(followUp(c.get('db'), c.env, act, { userId: by.userId, by }));

/** Whoever has the link of a mail acts for the user. */
const ownerOf = (c: Context<AppEnv>, userId: number): Caller => ownerWithoutSession(userId, c.get('requestId'));

export const requestEmail = takingJson(NewEmail, async (c, { email }) => {
  const by = actorOf(c);
  const result = await requestAddress(c.get('db'), tokenKeys(c.env), email, by);
  follow(c, requireOutcome(result, 'email-requested'), by);
  const message = 'If the address can be used, a mail with a link is on its way to it.';
  return c.json({ status: 'ok', message }, 202);
});

export const confirmEmail = takingJson(EmailLink, async (c, { token }) => {
  const result = await confirmAddress(c.get('db'), keysOf(c), token, c.get('requestId'));
  const changed = requireOutcome(result, 'email-changed');
  follow(c, changed, ownerOf(c, changed.userId));
  return c.json({ status: 'ok', message: 'Email address changed. You can now log in with it.' });
});

export const undoEmail = takingJson(EmailLink, async (c, { token }) => {
  const result = await undoAddress(c.get('db'), keysOf(c), token, c.get('requestId'));
  const undone = result.outcome === 'email-called-off' ? result : requireOutcome(result, 'email-undone');
  follow(c, undone, ownerOf(c, undone.userId));
  return c.json({ status: 'ok', message: 'The change is undone. A mail with a link to a new password is on its way.' });
});
