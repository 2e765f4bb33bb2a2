import type { Question } from './question.ts';

/** How systemd has a service. */
export interface Unit {
  readonly exists: boolean;
  /** `active`, `activating`, `failed`, `inactive` ... */
  readonly state: string;
  /** `running`, `auto-restart`, `dead` ... */
  readonly detail: string;
  readonly enabled: boolean;
  /** How often systemd has begun it anew by itself; 0 where it does not count (before systemd 235). */
  readonly restarts: number;
  /** How its last process ended: `exit-code`, `signal`; `success` where nothing is wrong. */
  readonly result: string;
}

const names = ['kubelet', 'containerd', 'docker', 'crio', 'firewalld'];

export const unitsQuestion: Question<ReadonlyMap<string, Unit>> = {
  argv: [
    'systemctl',
    'show',
    '--no-pager',
    ...['Id', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'NRestarts', 'Result'].flatMap((name) => [
      '-p',
      name,
    ]),
    ...names.map((name) => `${name}.service`),
  ],
  parse: (text) =>
    new Map(
      text.split(/\n\n+/).flatMap((block) => {
        const property = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? '';
        const id = property('Id').replace(/\.service$/, '');
        if (id === '') return [];
        const unit: Unit = {
          exists: property('LoadState') === 'loaded',
          state: property('ActiveState'),
          detail: property('SubState'),
          enabled: /^(enabled|static|alias|indirect|generated)/.test(property('UnitFileState')),
          restarts: Number(property('NRestarts')) || 0,
          result: property('Result'),
        };
        return [[id, unit] as const];
      }),
    ),
};
