// The first script of the single executable: what bin/kinit.js is to the npm package.
import { getRawAsset } from 'node:sea';
import { program } from '../../bin/bundle.js';

const { main } = program({
  read: (name) => ({
    text: Buffer.from(getRawAsset(`${name}.cjs`)).latin1Slice(),
    cachedData: compiled(`${name}.code-cache`),
  }),
  file: process.execPath,
  require,
});
main(process).then(process.exit);

function compiled(name) {
  try {
    return Buffer.from(getRawAsset(name));
  } catch {
    return undefined;
  }
}
