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
  /** Whether somebody ended it, be it with force: what systemd was told to begin anew always fails for no other reason. */
  readonly stopped: boolean;
}

const names = ['kubelet', 'containerd', 'docker', 'crio', 'firewalld'];

export const unitsQuestion: Question<ReadonlyMap<string, Unit>> = {
  argv: [
    'systemctl',
    'show',
    '--no-pager',
    ...['Id', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'NRestarts', 'Restart', 'Result'].flatMap(
      (name) => ['-p', name],
    ),
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
          stopped:
            property('ActiveState') === 'inactive' ||
            (property('ActiveState') === 'failed' &&
              property('Restart') === 'always' &&
              !property('Result').startsWith('start-limit')),
        };
        return [[id, unit] as const];
      }),
    ),
};
