import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePoint, type Point } from '../kill/points.ts';
import { centosRoom, debianRoom, type Room, type Step } from '../kill/rooms.ts';
import { trial } from '../kill/rounds.ts';

/** `npm run bench -- kill` has points by the hundred, over the whole of every command. */
const killed = (part: number): Point => ({ ending: 'SIGKILL', of: 'events', part });
const cut = (part: number): Point => ({ ending: 'power cut', of: 'events', part });

/** About how many events a run tells of; of one that tells none, its time. */
const usual = { init: 79, join: 25, reset: 33, up: 150, 'certs renew': 0 } as const;

function check(room: () => Room, name: keyof typeof usual, point: Point, nth = 0): void {
  it(`${name}: ${describePoint(point)}`, async () => {
    const step = room().steps.filter((one) => one.name === name)[nth] as Step;
    const { broken } = await trial(room(), step, point, { ms: 2000, events: usual[name] });
    expect(broken).toEqual([]);
  });
}

describe('a command that is killed, or loses its host, is finished by running it again, and leaves nothing', () => {
  let room: Room;
  beforeAll(async () => {
    room = await debianRoom('kill');
  });
  afterAll(() => room?.kit.lab.down());

  check(() => room, 'init', killed(0.6));
  check(() => room, 'join', killed(0.7));
  check(() => room, 'certs renew', killed(0.5));
  check(() => room, 'reset', killed(0.5));
  check(() => room, 'reset', cut(0.4), 1);
});

describe('so is the making of a whole cluster', () => {
  let room: Room;
  beforeAll(async () => {
    room = await centosRoom('kill-up', ['m1']);
  });
  afterAll(() => room?.kit.lab.down());

  check(() => room, 'up', killed(0.5));
});
