import type { EtcdAlarm, EtcdMember } from './members.ts';

/** An object of protobuf's JSON: 64-bit numbers are strings, and what is empty, false or 0 is left out. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field that is something else than it has to be. */
export class Misfit extends Error {}

export interface EtcdStatus {
  readonly version: string;
  /** The id of the member that answers. */
  readonly memberId: string;
  /** The leader's id; `0` while there is none. */
  readonly leaderId: string;
  readonly isLearner: boolean;
  readonly databaseBytes: number;
  /** What is in use of it; the rest is free until it is defragmented. */
  readonly usedBytes: number;
  /** Of the newest change, as far as this member has it. */
  readonly revision: number;
  /** How far this member has come in raft's log. */
  readonly appliedIndex: number;
}

/** What a member says of itself. Throws Misfit. */
export function statusFrom({ version, header, leader = '0', isLearner = false, ...sizes }: Fields): EtcdStatus {
  const { member_id: memberId, revision = '0' } = isMap(header) ? header : {};
  const { dbSize = '0', dbSizeInUse = '0', raftAppliedIndex = '0' } = sizes;
  return {
    version: text(version, 'version'),
    memberId: idOf(memberId, 'header.member_id'),
    leaderId: idOf(leader, 'leader'),
    isLearner: isLearner === true,
    databaseBytes: Number(idOf(dbSize, 'dbSize')),
    usedBytes: Number(idOf(dbSizeInUse, 'dbSizeInUse')),
    revision: Number(idOf(revision, 'header.revision')),
    appliedIndex: Number(idOf(raftAppliedIndex, 'raftAppliedIndex')),
  };
}

/** Whether a value is an object. */
export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an answer. Throws Misfit. */
export function membersFrom(members: unknown): readonly EtcdMember[] {
  return listOf(members, 'members').map(memberFrom);
}

/** One of them. Throws Misfit. */
export function memberFrom(member: unknown): EtcdMember {
  if (!isMap(member)) throw new Misfit('a member is not a mapping');
  const { ID, name = '', peerURLs, clientURLs, isLearner = false } = member;
  return {
    id: idOf(ID, 'ID'),
    name: text(name, 'name'),
    peerURLs: listOf(peerURLs, 'peerURLs').map((url) => text(url, 'peerURLs')),
    clientURLs: listOf(clientURLs, 'clientURLs').map((url) => text(url, 'clientURLs')),
    isLearner: isLearner === true,
  };
}

/** What a member says is wrong with it. Throws Misfit. */
export function alarmFrom(alarm: unknown): EtcdAlarm {
  if (!isMap(alarm)) throw new Misfit('an alarm is not a mapping');
  return { memberId: idOf(alarm['memberID'], 'memberID'), alarm: text(alarm['alarm'], 'alarm') };
}

/** A list, which is left out where it is empty. Throws Misfit. */
export function listOf(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Misfit(`${field} is not a list`);
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new Misfit(`${field} is not a text`);
}

function idOf(value: unknown, field: string): string {
  const id = text(value, field);
  if (/^\d{1,20}$/.test(id)) return id;
  throw new Misfit(`${field} is not a number`);
}
