import { callerFirst } from './http/authenticate.ts';
import { leaveUnread } from './http/body.ts';
import { AppError } from './http/error.ts';
import { corsByAllowList, noStore, securityHeaders } from './http/headers.ts';
import { type AppRouter, refuseUnknown } from './http/methods.ts';
import { pagesOff } from './http/pages-off.ts';
import { rateLimit } from './http/rate-limit.ts';
import { refuse } from './http/refusals.ts';
import { requestLog } from './http/request-log.ts';
import { requireHttps } from './http/require-https.ts';
import { Router } from './http/router.ts';
import { account } from './routes/account.ts';
import { accountPages } from './routes/account-pages.ts';
import { addresses, ownAddress } from './routes/addresses.ts';
import { adminPage } from './routes/admin-page.ts';
import { avatars, keepPicturesApart } from './routes/avatars.ts';
import { events } from './routes/events.ts';
import { factors } from './routes/factors.ts';
import { home } from './routes/home.ts';
import { mailLinks } from './routes/mail-links.ts';
import { operations } from './routes/operations.ts';
import { pages } from './routes/pages.ts';
import { passwords } from './routes/passwords.ts';
import { platform } from './routes/platform.ts';
import { profile } from './routes/profile.ts';
import { profiles } from './routes/profiles.ts';
import { proofs } from './routes/proofs.ts';
import { roomParticipations } from './routes/room-participations.ts';
import { secondFactors } from './routes/second-factors.ts';
import { ownSessions, sessions } from './routes/sessions.ts';
import { signUps } from './routes/sign-ups.ts';
import { users } from './routes/users.ts';

/** The whole API on one page: what every request passes, where each resource lives, and how a refusal is told. */
export const app = new Router()
  .use(requestLog)
  .use(leaveUnread)
  .use(securityHeaders)
  .use(requireHttps)
  .use(keepPicturesApart)
  .use('/api/v1/*', noStore)
  .use('/api/v1/*', corsByAllowList)
  .use(rateLimit)
  .use(pagesOff)
  .use(refuseUnknown((): AppRouter => app.router))
  .route('/api/v1/auth', signUps)
  .route('/api/v1/auth', sessions)
  .route('/api/v1/auth', passwords)
  .route('/api/v1/auth', proofs)
  .route('/api/v1/auth', secondFactors)
  .route('/api/v1/users/me/sessions', ownSessions)
  .route('/api/v1/users/me/factors', factors)
  .route('/api/v1/auth', addresses)
  .route('/api/v1/users/me/email', ownAddress)
  .route('/api/v1/users/me', profile)
  .route('/api/v1/users/me', account)
  .route('/avatars', avatars)
  .route('/api/v1/users', users)
  .route('/api/v1/operations', operations)
  .route('/api/v1/profiles', profiles)
  .route('/api/v1/events', events)
  .route('/api/v1/room-participations', roomParticipations)
  .route('/', platform)
  .route('/', pages)
  .route('/', mailLinks)
  .route('/', accountPages)
  .route('/', adminPage)
  .route('/', home);

app.notFound((c) => refuse(c, new AppError('NOT_FOUND')));
app.onError(async (error, c) => refuse(c, await callerFirst(c, error)));
