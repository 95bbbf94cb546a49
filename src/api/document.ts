import { app } from './app.ts';
import { accessOf, type RouteAccess } from './openapi/access.ts';
import type { DescribedRouter } from './openapi/described.ts';
import { openApiDocument } from './openapi/document.ts';
import { describedAccount } from './routes/account.openapi.ts';
import { describedAccountPages } from './routes/account-pages.openapi.ts';
import { describedAddresses, describedOwnAddress } from './routes/addresses.openapi.ts';
import { describedAdminPage } from './routes/admin-page.openapi.ts';
import { describedAvatars } from './routes/avatars.openapi.ts';
import { describedEvents } from './routes/events.openapi.ts';
import { describedFactors } from './routes/factors.openapi.ts';
import { describedHome } from './routes/home.openapi.ts';
import { describedMailLinks } from './routes/mail-links.openapi.ts';
import { describedOperations } from './routes/operations.openapi.ts';
import { describedPages } from './routes/pages.openapi.ts';
import { describedPasswords } from './routes/passwords.openapi.ts';
import { describedPlatform } from './routes/platform.openapi.ts';
import { describedProfile } from './routes/profile.openapi.ts';
import { describedProfiles } from './routes/profiles.openapi.ts';
import { describedProofs } from './routes/proofs.openapi.ts';
import { describedRoomParticipations } from './routes/room-participations.openapi.ts';
import { describedSecondFactors } from './routes/second-factors.openapi.ts';
import { describedOwnSessions, describedSessions } from './routes/sessions.openapi.ts';
import { describedSignUps } from './routes/sign-ups.openapi.ts';
import { describedUsers } from './routes/users.openapi.ts';

const ROUTERS: readonly DescribedRouter[] = [
  describedSignUps,
  describedSessions,
  describedPasswords,
  describedProofs,
  describedSecondFactors,
  describedOwnSessions,
  describedFactors,
  describedAddresses,
  describedOwnAddress,
  describedProfile,
  describedAccount,
  describedAvatars,
  describedUsers,
  describedOperations,
  describedProfiles,
  describedEvents,
  describedRoomParticipations,
  describedPlatform,
  describedPages,
  describedMailLinks,
  describedAccountPages,
  describedAdminPage,
  describedHome,
];

/** The document of the API, made of the app and of what stands beside its routes. The Worker serves it as a file. */
export const apiDocument = () => openApiDocument(app, ROUTERS);

/** Who may do what: for each route of the app, and what it answers whoever passes, what it answers each kind of caller. */
export const apiAccess = (): RouteAccess[] => accessOf(app, ROUTERS);
