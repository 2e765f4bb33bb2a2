import { readFileSync } from 'node:fs';
import { type Examined, examine, toldOf } from '../../../src/doctor/examine.ts';
import { type Beyond, patientOf } from '../../../src/doctor/patient.ts';
import { apiDoorQuestion } from '../../../src/doctor/sights/api-door.ts';
import { containerLogsQuestion } from '../../../src/doctor/sights/container-logs.ts';
import { credentialsQuestion } from '../../../src/doctor/sights/credentials.ts';
import { kubeletLogQuestion } from '../../../src/doctor/sights/kubelet-log.ts';
import { packetFilterQuestion } from '../../../src/doctor/sights/packet-filter.ts';
import { podNetworkQuestion } from '../../../src/doctor/sights/pod-network.ts';
import { podsByRuntimeQuestion } from '../../../src/doctor/sights/pods-by-runtime.ts';
import { roomQuestion } from '../../../src/doctor/sights/room.ts';
import { unitsQuestion } from '../../../src/doctor/sights/units.ts';
import { nothingObserved, type Observed } from '../../../src/execute/observed.ts';
import type { Facts } from '../../../src/host/facts/facts.ts';
import type { SeenFile, SeenPath } from '../../../src/host/host.ts';

const questions = {
  units: unitsQuestion,
  kubeletLog: kubeletLogQuestion,
  containerLogs: containerLogsQuestion,
  credentials: credentialsQuestion,
  room: roomQuestion,
  apiDoor: apiDoorQuestion,
  packetFilter: packetFilterQuestion,
  podNetwork: podNetworkQuestion,
  podsByRuntime: podsByRuntimeQuestion,
};

type Asked = keyof typeof questions;

/** A host as it was recorded: real answers of a healthy cluster of v1.20.2, cp1 and w1. */
interface Recorded {
  readonly facts: Facts;
  readonly files: Readonly<Record<string, string>>;
  readonly paths: Readonly<Record<string, SeenPath['type']>>;
  readonly answers: Readonly<Record<Asked, string>>;
}

export type Role = 'control-plane' | 'worker';

/** What is otherwise on the host than it was recorded. */
export interface Situation {
  readonly facts?: (facts: Facts) => Partial<Facts>;
  readonly files?: Readonly<Record<string, (text: string) => string>>;
  readonly paths?: Readonly<Record<string, SeenPath['type']>>;
  readonly answers?: Partial<Readonly<Record<Asked, (text: string) => string>>>;
  readonly beyond?: Beyond;
}

/** All that an examination sees of the recorded host, changed as told. */
export function observedOn(role: Role, situation: Situation = {}): Observed & { readonly facts: Facts } {
  const recorded = read(role);
  const files = { ...recorded.files };
  for (const [path, edit] of Object.entries(situation.files ?? {})) files[path] = edit(files[path] ?? '');
  const paths = { ...recorded.paths, ...situation.paths };
  return {
    ...nothingObserved,
    facts: { ...recorded.facts, ...situation.facts?.(recorded.facts) },
    files: new Map(Object.entries(files).map(([path, text]) => [path, fileOf(text)])),
    paths: new Map(Object.entries(paths).map(([path, type]) => [path, pathOf(type)])),
    commands: new Map(
      Object.entries(questions).map(([name, { argv }]) => {
        const text = recorded.answers[name as Asked];
        const stdout = situation.answers?.[name as Asked]?.(text) ?? text;
        return [argv.join('\0'), { code: 0, stdout, stderr: '' }];
      }),
    ),
  };
}

/** What the rules find. */
export function examined(role: Role, situation: Situation = {}): Examined {
  return examine(patientOf(observedOn(role, situation), situation.beyond));
}

/** What is told of the host: names, and the evidence of each. */
export function told(role: Role, situation: Situation = {}) {
  return toldOf(examined(role, situation), false);
}

/** Lines that systemd tells of a unit, in place of those that it told. */
export function unit(name: string, fields: Readonly<Record<string, string>>): (text: string) => string {
  return (text) =>
    text
      .split('\n\n')
      .map((block) => {
        if (!block.includes(`Id=${name}.service`)) return block;
        return Object.entries(fields).reduce(
          (words, [key, value]) => words.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${value}`),
          block,
        );
      })
      .join('\n\n');
}

/** The newest log of a container, beside or in place of those that there are. */
export function log(container: string, ...lines: readonly string[]): (text: string) => string {
  const head = `\u0001${4_000_000_000} kube-system_${container}/7.log`;
  return (text) => `${text}${[head, ...lines.map((line) => `2026-11-30T00:30:00Z stderr F ${line}`), ''].join('\n')}`;
}

/** A certificate of the recorded host, by its path below the others'. */
export function certificateOn(role: Role, path: string): string {
  const part = read(role)
    .answers.credentials.split('\u0001')
    .find((one) => one.split('\n')[0]?.endsWith(`/pki/${path}`));
  return `${part?.split('\n').slice(1).join('\n').trim()}\n`;
}

function read(role: Role): Recorded {
  const text = readFileSync(new URL(`../../fixtures/doctor/${role}.json`, import.meta.url), 'utf8');
  return JSON.parse(text, (_, value) => (Array.isArray(value?.$map) ? new Map(value.$map) : value)) as Recorded;
}

function pathOf(type: SeenPath['type']): SeenPath {
  return { type, mode: 0o600, owner: 'root:root', modified: 1 };
}

function fileOf(text: string): SeenFile {
  return { ...pathOf('file'), content: Buffer.from(text) };
}
