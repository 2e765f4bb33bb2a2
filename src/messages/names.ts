import { exitCodes } from '../errors.ts';

/** How a command can end badly, by its exit code: what stands for an error whose sentence has no code of its own. */
const kinds: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(exitCodes).flatMap(([name, exit]) => (exit === exitCodes.done ? [] : [[name, 1000 + exit]])),
);

/** What preflight looks at, by the name that --ignore-preflight-errors takes. A number is given once and never again. */
const checks: Readonly<Record<string, number>> = {
  IsPrivilegedUser: 4001,
  NumCPU: 4002,
  Mem: 4003,
  Firewalld: 4004,
  Port: 4005,
  DirAvailable: 4006,
  FileAvailable: 4007,
  HTTPProxy: 4008,
  HTTPProxyCIDR: 4009,
  CRI: 4010,
  'Service-Docker': 4011,
  IsDockerSystemdCheck: 4012,
  ContainerRuntimeVersion: 4013,
  Swap: 4014,
  FileExisting: 4015,
  SystemVerification: 4016,
  Hostname: 4017,
  KubeletVersion: 4018,
  'Service-kubelet': 4019,
  'Service-Kubelet': 4019,
  FileContent: 4020,
  ExternalEtcdVersion: 4021,
  ExternalEtcdClientCertificates: 4022,
  KubeletExtraArgs: 4023,
  Systemd: 4024,
  CgroupDriver: 4025,
  SandboxImage: 4026,
  SubnetOverlap: 4027,
  LeftoverCluster: 4028,
  LeftoverCNI: 4029,
  SELinux: 4030,
  SwapInFstab: 4031,
  TimeSync: 4032,
  DiskSpace: 4033,
  DeadRepository: 4034,
  EndOfSupport: 4035,
  ResolvConf: 4036,
  DuplicateHostname: 4037,
  DuplicateMachineId: 4038,
  DuplicateProductUuid: 4039,
  DuplicateMac: 4040,
  ClockSkew: 4041,
  NodeResolution: 4042,
  EtcdDisk: 4043,
  EndpointResolution: 4044,
  EtcdClock: 4045,
  EtcdPorts: 4046,
  ExternalBalancer: 4047,
  EtcdRoundTrip: 4048,
  EqualVersions: 4049,
  VirtualAddress: 4050,
  Facts: 4051,
  ControlPlaneEndpoint: 4052,
  SharedCertificates: 4053,
  ControlPlaneNodesReady: 4054,
  StaticPodManifest: 4055,
  CoreDNSMigration: 4056,
  CoreDNSUnsupportedPlugins: 4057,
  CreateJob: 4058,
  NodesReady: 4059,
  RemovedAPI: 4060,
  PodSecurityPolicy: 4061,
  RemovedArgument: 4062,
  DeadWebhook: 4063,
  PodDisruptionBudget: 4064,
  HostLimits: 4065,
  SingleReplica: 4066,
  Reachable: 4067,
  NoRoom: 4068,
  OwnerlessPods: 4069,
  StoredAPI: 4070,
  KubeletPackage: 4071,
  ImagePull: 4072,
};

/** What doctor finds, where preflight has no check of that name. */
const findings: Readonly<Record<string, number>> = {
  NoNode: 5001,
  RuntimeStopped: 5002,
  CgroupV1: 5003,
  UnknownFlag: 5004,
  ImageNotPulled: 5005,
  CertificateExpired: 5006,
  ForeignCertificate: 5007,
  PortTaken: 5008,
  AddressChanged: 5009,
  DiskFull: 5010,
  NoPodNetwork: 5011,
  KubeletStopped: 5012,
  KubeletFails: 5013,
  KubeletDisabled: 5014,
  TokenRefused: 5015,
  JoinUnfinished: 5016,
  NodeUnknown: 5017,
  NotReady: 5018,
  HostnameChanged: 5019,
  ManifestMissing: 5020,
  ManifestBroken: 5021,
  ComponentDown: 5022,
  EtcdSlowDisk: 5023,
  EtcdSilent: 5024,
  EtcdQuorum: 5025,
  EtcdMemberDown: 5026,
  EtcdAlarm: 5027,
  CertificateNames: 5028,
  WrongApiAddress: 5029,
  ApiServerUnreachable: 5030,
  CertificateEndsSoon: 5031,
  SandboxImageMissing: 5032,
  NetworkPodDown: 5033,
  NetworkNotLoaded: 5034,
  LeftoverInterface: 5035,
  MemoryPressure: 5036,
  DiskPressure: 5037,
  TwoRuntimes: 5038,
  FirewallReloaded: 5039,
  ProxyModules: 5040,
  DnsLoop: 5041,
  Unreachable: 5042,
};

/** What errors are about: the sentences from this number on. */
export const topics: readonly (readonly [string, number])[] = [
  ['command-line', 1100],
  ['run', 1200],
  ['command-line', 1480],
  ['configuration', 1560],
  ['inventory', 1890],
  ['ssh', 1990],
  ['host', 2180],
  ['bundle', 2310],
  ['api', 2450],
  ['etcd', 2620],
  ['certificates', 2810],
  ['join', 3090],
  ['prepare', 3180],
  ['upgrade', 3230],
  ['version', 3390],
];

/** Every name with a code, and its number. */
export const namedNumbers: ReadonlyMap<string, number> = new Map(
  [kinds, checks, findings].flatMap((table) => Object.entries(table)),
);

/** `KINIT-4014`, of `Swap`; of `Port-6443` that of `Port`; undefined for a name that has none. */
export function codeOf(name: string): string | undefined {
  const number = namedNumbers.get(name) ?? namedNumbers.get(name.split('-')[0] ?? '');
  return number === undefined ? undefined : coded(number);
}

/** The code of an exit code. */
export function codeOfExit(exit: number): string {
  return coded(1000 + exit);
}

function coded(number: number): string {
  return `KINIT-${number}`;
}
