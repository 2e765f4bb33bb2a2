import { journalOfStages, passingJournal } from '../../execute/journal.ts';

/** What brings back an etcd that does not come up in its new version. */
export const etcdJournal = journalOfStages('upgrade-etcd');
/** The same of the other static pods of a control plane, all of them together. */
export const componentsJournal = journalOfStages('upgrade-control-plane');
/** The same of a kubelet's files. */
export const kubeletJournal = passingJournal('upgrade-kubelet');
