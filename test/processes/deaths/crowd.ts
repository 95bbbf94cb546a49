import { setTimeout as wait } from 'node:timers/promises';
import type { Counts } from '../faults/record.ts';
import { type Act, chosenAct, type Person, settle, stranger } from './acts.ts';
import type { PostOffice } from './post-office.ts';
import type { Reaper } from './reaper.ts';

/** What a crowd needs to act: an access token for a session, a picture, and chance. */
export type Means = {
  reaper: Reaper;
  postOffice: PostOffice;
  tokenOf: (session: { id: string; userId: number }) => Promise<string>;
  picture: Blob;
  random: () => number;
};

/** People who do what they do at the same time. */
export type Crowd = {
  people: Person[];
  /** Everybody acts on the copy at an address, and the schedule comes, until the reaper has. */
  work: (origin: string) => Promise<void>;
  /** Says how many mails wait when a life begins. */
  mailsWait: (count: number) => void;
  /** How often each act was answered, and how often nobody was there any more to do so. */
  answered: Counts;
  unanswered: Counts;
};

export const ADMINISTRATOR = { id: 'administrator', userId: 1 };

const AT_ONCE = 6;
// While so many mails wait nothing happens that makes another: to send one takes longer than to make it.
const MOST_MAILS = 16;
// How often the schedule comes, by acts.
const SCHEDULE_EVERY = 30;

export const add = (counts: Counts, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

const makesMail = (act: Act, { account }: Person): boolean => act.does(account).mails.length > account.mails.length;

export const fireSchedule = async (origin: string, query = ''): Promise<void> => {
  const answer = await fetch(`${origin}/cdn-cgi/local/scheduled?cron=*+*+*+*+*${query}`);
  if (answer.status !== 200) throw new Error(`The scheduled run is answered ${answer.status}.`);
};

export const newCrowd = (people: Person[], { reaper, postOffice, tokenOf, picture, random }: Means): Crowd => {
  const [answered, unanswered]: [Counts, Counts] = [{}, {}];
  let [acts, names, mails] = [0, 0, { waiting: 0, takenBefore: 0 }];

  const waitingMails = () => mails.waiting + mails.takenBefore - postOffice.taken.length;
  const isNext = (act: Act | undefined, person: Person): act is Act =>
    act !== undefined && (waitingMails() < MOST_MAILS || !makesMail(act, person));

  /** Somebody to whom nothing happens right now, and what is to happen; undefined where there is nobody. */
  const next = (): { person: Person; act: Act } | undefined => {
    const expectMail = people.filter(({ email, link }) => !link && email.startsWith('stranger')).length;
    if (random() < 0.08 && expectMail < AT_ONCE) people.push(stranger(people.length));
    for (let tries = 0; tries < 20; tries += 1) {
      const person = people[Math.floor(random() * people.length)];
      if (!person || person.underWay) continue;
      person.link ??= postOffice.taken.find(({ to, link }) => link && to === person.email)?.link;
      const act = chosenAct(person, ++names, picture, random);
      if (isNext(act, person)) return { person, act };
    }
    return undefined;
  };

  const send = async (origin: string, { id, account }: Person, { name, by, method, path, body }: Act) => {
    const session = by === 'self' ? { id: account.sessions[0] ?? '', userId: id } : ADMINISTRATOR;
    const headers = {
      ...(by !== 'nobody' && { Authorization: `Bearer ${await tokenOf(session)}` }),
      ...(body && !(body instanceof FormData) && { 'Content-Type': 'application/json' }),
    };
    const sent = body && { body: body instanceof FormData ? body : JSON.stringify(body) };
    const asking = fetch(origin + path, { method, headers, ...sent });
    reaper.at('a request is made');
    if (name === 'picture') reaper.at('a picture is sent');
    if (name === 'erase') reaper.at('an erasure is asked for');
    const answer = await asking;
    const text = await answer.text();
    return { status: answer.status, json: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
  };

  /** Has an act done. One that gets no answer, since whoever was asked is dead, stays under way. */
  const perform = async (origin: string, person: Person, act: Act): Promise<void> => {
    [person.underWay, person.isTouched] = [act, true];
    if (makesMail(act, person)) mails.waiting += 1;
    const answer = await send(origin, person, act).catch(unlessDead);
    // What `npm start` has in front of the Workers may live a moment longer, and says so.
    if (!answer || (reaper.isOver && answer.status !== act.status)) return add(unanswered, act.name);
    const { status, json } = answer;
    if (status !== act.status) throw new Error(`${act.name} of ${person.email}: ${status} ${JSON.stringify(json)}`);
    add(answered, act.name);
    const after = act.does(person.account);
    settle(person, act.tells?.(json, after) ?? after);
    if (typeof json['user_id'] === 'number') person.id = json['user_id'];
    reaper.at('an answer is here');
  };

  const unlessDead = (error: unknown): undefined => {
    if (!reaper.isOver) throw error;
  };

  const somebody = async (origin: string): Promise<void> => {
    for (; !reaper.isOver; acts += 1) {
      const chosen = next();
      await (chosen ? perform(origin, chosen.person, chosen.act) : wait(5));
    }
  };

  const clock = async (origin: string): Promise<void> => {
    for (let due = acts + random() * SCHEDULE_EVERY; !reaper.isOver; due = acts + SCHEDULE_EVERY) {
      while (acts < due && !reaper.isOver) await wait(2);
      if (reaper.isOver) return;
      const running = fireSchedule(origin);
      reaper.at('the scheduled run begins');
      await running.catch(unlessDead);
    }
  };

  return {
    ...{ people, answered, unanswered },
    work: async (origin) => {
      await Promise.all([clock(origin), ...Array.from({ length: AT_ONCE }, () => somebody(origin))]);
    },
    mailsWait: (waiting) => {
      mails = { waiting, takenBefore: postOffice.taken.length };
    },
  };
};
