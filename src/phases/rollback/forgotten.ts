import type { Change } from '../../execute/change.ts';
import { Secret } from '../../secret.ts';
import type { Phase } from '../phase.ts';
import { type WayBack, wayBackFolder, wayBackRecord, wayBackText } from './record.ts';

export interface ForgottenContext {
  readonly record: WayBack;
}

/** A node is back: there is nothing left to take it back from. The record goes first, what it names after it. */
export const wayBackForgotten: Phase<object> = {
  name: 'rollback',
  title: 'Back',
  reads: () => ({ paths: [wayBackRecord, wayBackFolder] }),
  desired: (): readonly Change[] => [wayBackRecord, wayBackFolder].map((path) => ({ kind: 'absent', path })),
};

/** The kubelet of a control plane is back, whose static pods follow: it is not drained again. */
export const kubeletForgotten: Phase<ForgottenContext> = {
  name: 'rollback',
  title: 'The kubelet back',
  reads: () => ({ files: [wayBackRecord] }),
  desired: ({ record }): readonly Change[] => {
    const content = new Secret(wayBackText({ ...record, kubelet: null }));
    return [{ kind: 'file', path: wayBackRecord, content, mode: 0o600 }];
  },
};
