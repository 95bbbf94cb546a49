import { inTime } from '../../workers/deadline.ts';
import type { Topic, UserRecord } from '../acts/record.ts';

/** What the private bucket last knows of a user in one topic. */
export type LastKnown = {
  kind: Exclude<UserRecord['kind'], 'told'>;
  userId: number;
  userCreatedAt: number;
  at: number;
  /** Of a suspension: whether the mail that tells of it has left. */
  isTold: boolean;
  /** Where the record lies, which holds more than a listing tells. */
  key: string;
  /** The last key of the user in this topic, to go on behind. */
  lastKey: string;
};

/** What is last known of some users, at most one record a user; `next` is the key to go on behind, undefined at the end. */
export type KnownPage = { known: LastKnown[]; next: string | undefined };

/** How many objects one listing looks at. */
const LISTED = 200;

type Listed = { key: string; userId: number; kind: string; time: number; metadata: Record<string, string> | undefined };

const listedOf = ({ key, customMetadata }: R2Object): Listed => {
  const [, userId, time = '', kind = 'erased'] = /^[a-z]+\/(\d+)(?:\/(.+Z)-([a-z-]+))?$/.exec(key) ?? [];
  return { key, userId: Number(userId), kind, time: Date.parse(time), metadata: customMetadata };
};

/** The record that lies under a key. */
export const readRecord = async (bucket: R2Bucket, key: string): Promise<UserRecord> => {
  const object = await inTime('R2', bucket.get(key));
  if (!object) throw new Error('A record is gone that was listed.');
  return inTime('R2', object.json<UserRecord>());
};

/** Out of the listing where it says enough; records of earlier releases are read. */
const timesOf = async (bucket: R2Bucket, { key, metadata }: Listed): Promise<{ userCreatedAt: number; at: number }> => {
  const { 'user-created-at': createdAt, at } = metadata ?? {};
  if (createdAt !== undefined && at !== undefined) return { userCreatedAt: Number(createdAt), at: Number(at) };
  const record = await readRecord(bucket, key);
  return { userCreatedAt: record.userCreatedAt, at: record.at };
};

const lastOf = async (bucket: R2Bucket, ofUser: readonly Listed[]): Promise<LastKnown[]> => {
  const newest = ofUser.findLast(({ kind }) => kind !== 'told');
  if (!newest) return [];
  const times = await timesOf(bucket, newest);
  const isTold = ofUser.some(({ kind, time }) => kind === 'told' && time >= times.at);
  const { key, userId, kind } = newest;
  const lastKey = ofUser.at(-1)?.key ?? key;
  return [{ kind: kind as LastKnown['kind'], userId, ...times, isTold, key, lastKey }];
};

/** A page of what the bucket last knows in a topic, or of erasures. */
export const readLastKnown = async (
  bucket: R2Bucket,
  topic: Topic | 'erased',
  after: string | undefined,
): Promise<KnownPage> => {
  const listing = { prefix: `${topic}/`, limit: LISTED, ...(after === undefined ? {} : { startAfter: after }) };
  const page = await inTime('R2', bucket.list({ ...listing, include: ['customMetadata'] }));
  const byUser = [...Map.groupBy(page.objects.map(listedOf), ({ userId }) => userId).values()];
  // The last user of a page may go on in the next one, which then begins behind the user before.
  if (page.truncated && byUser.length > 1) byUser.pop();
  const known = (await Promise.all(byUser.map((ofUser) => lastOf(bucket, ofUser)))).flat();
  return { known, next: page.truncated ? byUser.at(-1)?.at(-1)?.key : undefined };
};
